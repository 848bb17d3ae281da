// Package vitals shows what a process uses: goroutines, heap and resident memory.
package vitals

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// Signs are the vital signs of a process.
type Signs struct {
	Goroutines int `json:"goroutines"`
	// Heap is what is alive after a garbage collection, in bytes.
	Heap uint64 `json:"heap"`
	// Resident is the resident memory after what is free has been given back, in bytes; 0 where it cannot be had.
	Resident uint64 `json:"resident"`
}

// Take collects garbage, gives free memory back and reads the vital signs of this process.
func Take() Signs {
	debug.FreeOSMemory()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	signs := Signs{Goroutines: runtime.NumGoroutine(), Heap: memory.HeapAlloc}
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		signs.Resident = resident(string(status))
	}
	return signs
}

// resident reads the resident memory out of Linux's status of a process.
func resident(status string) uint64 {
	for line := range strings.Lines(status) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kibibytes, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			if err != nil {
				return 0
			}
			return kibibytes << 10
		}
	}
	return 0
}

// heapPath is where a process shows a profile of its heap.
const heapPath = "/heap"

// Serve answers with the vital signs of this process, and a profile of its heap, on a free loopback port, until the process ends. It
// writes the port's URL into a file, whole or not at all.
func Serve(file string) error {
	socket, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	paths := http.NewServeMux()
	paths.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(Take())
	})
	paths.HandleFunc(heapPath, func(w http.ResponseWriter, _ *http.Request) {
		// A profile is as old as the last collection but one.
		runtime.GC()
		runtime.GC()
		_ = pprof.Lookup("heap").WriteTo(w, 0)
	})
	server := &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: paths}
	server.SetKeepAlivesEnabled(false)
	go func() { _ = server.Serve(socket) }()
	if err := os.WriteFile(file+".new", []byte("http://"+socket.Addr().String()), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// Ask takes the vital signs of the process that serves them on a URL.
func Ask(ctx context.Context, url string) (Signs, error) {
	var signs Signs
	return signs, get(ctx, url, func(body io.Reader) error { return json.NewDecoder(body).Decode(&signs) })
}

// Heap writes the profile of what is alive on the heap of the process that serves its vital signs on a URL into a file.
func Heap(ctx context.Context, url, path string) error {
	return get(ctx, url+heapPath, func(body io.Reader) error {
		profile, err := io.ReadAll(body)
		if err != nil {
			return err
		}
		return os.WriteFile(path, profile, 0o600)
	})
}

// get hands an answer over to be read.
func get(ctx context.Context, url string, read func(io.Reader) error) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	return read(answer.Body)
}
