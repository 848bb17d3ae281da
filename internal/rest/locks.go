package rest

import (
	"context"
	"sync"
)

// Locks are locks by key: whoever looks for something by a name or in an account's list and then mints it keeps the others of
// this process out meanwhile. The zero value is ready. A key costs nothing once nobody holds it or waits for it.
type Locks struct {
	mu    sync.Mutex
	gates map[string]*gate
}

// gate is the lock of one key.
type gate struct {
	// held has room for the one holder.
	held chan struct{}
	// users are the holder and all who wait.
	users int
}

// Lock waits until nobody else holds the key, or the context ends. The returned function unlocks, once.
func (l *Locks) Lock(ctx context.Context, key string) (unlock func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	g := l.join(key)
	select {
	case g.held <- struct{}{}:
		return sync.OnceFunc(func() {
			<-g.held
			l.leave(key, g)
		}), nil
	case <-ctx.Done():
		l.leave(key, g)
		return nil, ctx.Err()
	}
}

func (l *Locks) join(key string) *gate {
	l.mu.Lock()
	defer l.mu.Unlock()
	g := l.gates[key]
	if g == nil {
		if l.gates == nil {
			l.gates = map[string]*gate{}
		}
		g = &gate{held: make(chan struct{}, 1)}
		l.gates[key] = g
	}
	g.users++
	return g
}

func (l *Locks) leave(key string, g *gate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g.users--; g.users == 0 {
		delete(l.gates, key)
	}
}
