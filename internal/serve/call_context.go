package serve

import (
	"context"
	"sync/atomic"
	"time"
)

// callContext is the context of one call. It answers as the real context until the call is over; then it lets go of that one
// and answers as any finished context. Work that outlives its call, such as a list that others wait for too, goes on with
// what it has put into its context itself, but no longer finds the loggers of the request.
//
// It forwards Done and Value alike, so that the context package sees through it and attaches derived contexts to the real
// one, without the goroutine that it starts for a foreign type of context.
type callContext struct {
	current atomic.Pointer[context.Context]
}

// begin returns the context of a call, and what ends it. The end cancels everything derived from it first, so that nothing
// waits for a context that has gone.
func begin(parent context.Context) (context.Context, func()) {
	request, cancel := context.WithCancel(parent)
	call := &callContext{}
	call.current.Store(&request)
	return call, func() {
		cancel()
		call.current.Store(&over)
	}
}

func (c *callContext) Deadline() (time.Time, bool) { return (*c.current.Load()).Deadline() }
func (c *callContext) Done() <-chan struct{}       { return (*c.current.Load()).Done() }
func (c *callContext) Err() error                  { return (*c.current.Load()).Err() }
func (c *callContext) Value(key any) any           { return (*c.current.Load()).Value(key) }

// over is what every call's context becomes, one for all of them: a cancelled context without values.
var over context.Context = finished{done: closed()}

type finished struct{ done chan struct{} }

func closed() chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

func (finished) Deadline() (time.Time, bool) { return time.Time{}, false }
func (f finished) Done() <-chan struct{}     { return f.done }
func (finished) Err() error                  { return context.Canceled }
func (finished) Value(any) any               { return nil }
