package rest

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
)

// TestLocks: one holder a key at a time, other keys in between, and nothing is left behind.
func TestLocks(t *testing.T) {
	t.Parallel()
	var locks Locks
	var all sync.WaitGroup
	// Each key's count is guarded by nothing but its lock: the race detector and the sum find two holders.
	counts := map[string]*int{"one": new(int), "two": new(int)}
	for key, count := range counts {
		for range 50 {
			all.Go(func() {
				unlock, err := locks.Lock(t.Context(), key)
				if err != nil {
					t.Error(err)
					return
				}
				*count++
				unlock()
			})
		}
	}
	all.Wait()
	if *counts["one"] != 50 || *counts["two"] != 50 || len(locks.gates) != 0 {
		t.Errorf("%d and %d holders, %d keys left", *counts["one"], *counts["two"], len(locks.gates))
	}
}

func TestLocks_waiterGivesUp(t *testing.T) {
	t.Parallel()
	var locks Locks
	unlock, err := locks.Lock(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := locks.Lock(t.Context(), "two"); err != nil {
		t.Errorf("another key is held up: %v", err)
	} else {
		other()
	}
	waiting, stop := context.WithCancel(t.Context())
	outcome := make(chan error)
	go func() {
		_, err := locks.Lock(waiting, "one")
		outcome <- err
	}()
	for users := 0; users < 2; runtime.Gosched() {
		locks.mu.Lock()
		users = locks.gates["one"].users
		locks.mu.Unlock()
	}
	stop()
	if err := <-outcome; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// A key that is free is not given to somebody who has stopped waiting either.
	if _, err := locks.Lock(waiting, "two"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	unlock()
	// Unlocking once more takes the key from nobody.
	again, err := locks.Lock(t.Context(), "one")
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if len(locks.gates) != 1 {
		t.Error("the second call unlocked another's lock")
	}
	again()
	if len(locks.gates) != 0 {
		t.Errorf("%d keys left", len(locks.gates))
	}
}
