package rest

import (
	"context"
	"slices"
	"sync"
)

// rounds shares a fetch between callers, each of whom wants one that begins after the call: whoever comes while one is under
// way waits for the next.
type rounds[T any] struct {
	mu      sync.Mutex
	running bool
	next    *round[T]
}

type round[T any] struct {
	done  chan struct{}
	items []T
	err   error
}

func (r *rounds[T]) join(ctx context.Context, fetch func(context.Context) ([]T, error)) ([]T, error) {
	r.mu.Lock()
	if r.next == nil {
		r.next = &round[T]{done: make(chan struct{})}
	}
	mine := r.next
	if !r.running {
		r.running = true
		// The others wait for it even if this caller is stopped.
		go r.run(context.WithoutCancel(ctx), fetch)
	}
	r.mu.Unlock()
	select {
	case <-mine.done:
		return slices.Clone(mine.items), mine.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *rounds[T]) run(ctx context.Context, fetch func(context.Context) ([]T, error)) {
	for {
		r.mu.Lock()
		mine := r.next
		r.next = nil
		r.running = mine != nil
		r.mu.Unlock()
		if mine == nil {
			return
		}
		mine.items, mine.err = fetch(ctx)
		close(mine.done)
	}
}
