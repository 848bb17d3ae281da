package vitals

import (
	"os"
	"path/filepath"
	"testing"
)

func TestResident(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]uint64{
		"Name:\tx\nVmHWM:\t   99 kB\nVmRSS:\t   12 kB\nThreads:\t3\n": 12 << 10,
		"Name:\tx\n":        0,
		"VmRSS:\tmany kB\n": 0,
	} {
		if got := resident(status); got != want {
			t.Errorf("resident(%q) = %d, want %d", status, got, want)
		}
	}
}

func TestTake(t *testing.T) {
	t.Parallel()
	if signs := Take(); signs.Goroutines < 1 || signs.Heap == 0 {
		t.Errorf("no process has these vital signs: %+v", signs)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "vitals")
	if err := Serve(file); err != nil {
		t.Fatal(err)
	}
	url, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	signs, err := Ask(t.Context(), string(url))
	if err != nil || signs.Goroutines < 1 || signs.Heap == 0 {
		t.Errorf("the process answers %+v, %v", signs, err)
	}
}
