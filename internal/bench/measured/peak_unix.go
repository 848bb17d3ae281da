//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peak is the peak resident memory of a process that has ended, in bytes; 0 where the system does not tell.
func peak(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	switch {
	case !ok:
		return 0
	case runtime.GOOS == "darwin" || runtime.GOOS == "ios":
		return usage.Maxrss
	}
	return usage.Maxrss << 10
}
