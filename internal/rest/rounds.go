package rest

import (
	"context"
	"slices"
	"sync"
)

// rounds shares a fetch between callers, each of whom wants one that begins after the call: whoever comes while one is under
// way waits for the next. One does not begin before those have come who have announced themselves.
type rounds[T any] struct {
	mu      sync.Mutex
	running bool
	next    *round[T]
	// awaited are those who have announced themselves and have not come yet; arrived is closed when there are none any more.
	awaited int
	arrived chan struct{}
}

type round[T any] struct {
	// waiters are the contexts of those who wait for it, until it begins.
	waiters []context.Context
	done    chan struct{}
	items   []T
	err     error
}

// context is that of somebody who still waits: it finds what a call that is over does not find any more, such as the loggers. It goes on even if he is
// stopped, for the others.
func (r *round[T]) context() context.Context {
	at := slices.IndexFunc(r.waiters, func(ctx context.Context) bool { return ctx.Err() == nil })
	return context.WithoutCancel(r.waiters[max(at, 0)])
}

// announced is the context's key of somebody who has announced himself to rounds.
type announced struct{}

// announcement is somebody who has announced himself, until he comes or withdraws.
type announcement struct {
	// to is the rounds that await him.
	to any
	// isOver is guarded by their lock.
	isOver bool
}

// announce says that the caller will ask for a fetch, with the context that is returned, or withdraw.
func (r *rounds[T]) announce(ctx context.Context) (context.Context, func()) {
	a := &announcement{to: r}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.awaited++; r.awaited == 1 {
		r.arrived = make(chan struct{})
	}
	return context.WithValue(ctx, announced{}, a), func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.arrive(a)
	}
}

// arrive ends an announcement, once. The lock must be held.
func (r *rounds[T]) arrive(a *announcement) {
	if a == nil || a.to != r || a.isOver {
		return
	}
	a.isOver = true
	if r.awaited--; r.awaited == 0 {
		close(r.arrived)
	}
}

// join takes part in the next fetch. Wait waits until a channel is closed, or for as long as others may be awaited.
func (r *rounds[T]) join(ctx context.Context, wait func(context.Context, <-chan struct{}), fetch func(context.Context) ([]T, error)) ([]T, error) {
	r.mu.Lock()
	if r.next == nil {
		r.next = &round[T]{done: make(chan struct{})}
	}
	mine := r.next
	mine.waiters = append(mine.waiters, ctx)
	own, _ := ctx.Value(announced{}).(*announcement)
	r.arrive(own)
	if !r.running {
		r.running = true
		go r.run(wait, fetch) //nolint:contextcheck // each round has the context of one of its own waiters
	}
	r.mu.Unlock()
	select {
	case <-mine.done:
		return slices.Clone(mine.items), mine.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *rounds[T]) run(wait func(context.Context, <-chan struct{}), fetch func(context.Context) ([]T, error)) {
	for {
		r.mu.Lock()
		mine, isAwaited, arrived := r.next, r.awaited > 0, r.arrived
		if r.running = mine != nil; !r.running {
			r.mu.Unlock()
			return
		}
		ctx := mine.context()
		r.mu.Unlock()
		if isAwaited {
			wait(ctx, arrived)
		}
		r.mu.Lock()
		r.next = nil
		ctx = mine.context()
		mine.waiters = nil
		r.mu.Unlock()
		mine.items, mine.err = fetch(ctx)
		close(mine.done)
	}
}
