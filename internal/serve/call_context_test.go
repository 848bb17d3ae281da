package serve_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

type key struct{}

var errStopped = errors.New("stopped by the user")

func TestCallContextForwardsUntilTheEnd(t *testing.T) {
	t.Parallel()
	deadline := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	parent, cancel := context.WithDeadline(context.WithValue(t.Context(), key{}, "value"), deadline)
	defer cancel()

	ctx, end := serve.Begin(parent)
	derived, cancelDerived := context.WithCancel(ctx)
	defer cancelDerived()
	if got, ok := ctx.Deadline(); !ok || !got.Equal(deadline) {
		t.Errorf("deadline %v, %t", got, ok)
	}
	if ctx.Value(key{}) != "value" || derived.Value(key{}) != "value" {
		t.Error("the values of the request are not found")
	}
	if ctx.Err() != nil || isDone(ctx) || derived.Err() != nil {
		t.Error("the context is done before the call is over")
	}

	end()
	end() // A stream that is read twice ends twice.
	if !errors.Is(ctx.Err(), context.Canceled) || !isDone(ctx) || !errors.Is(context.Cause(ctx), context.Canceled) {
		t.Errorf("after the call: error %v, done %t, cause %v", ctx.Err(), isDone(ctx), context.Cause(ctx))
	}
	if _, ok := ctx.Deadline(); ok || ctx.Value(key{}) != nil {
		t.Error("after the call the context still knows the request")
	}
	if !isDone(derived) || derived.Err() == nil {
		t.Error("what was derived from the context goes on after the call")
	}
	late, cancelLate := context.WithTimeout(ctx, time.Hour)
	defer cancelLate()
	if !isDone(late) || late.Err() == nil {
		t.Error("what is derived after the call is not done at once")
	}
	if parent.Err() != nil {
		t.Error("the end of the call cancelled the context of its caller")
	}
}

func TestCancellationReachesARunningCall(t *testing.T) {
	t.Parallel()
	parent, cancel := context.WithCancelCause(t.Context())
	ctx, end := serve.Begin(parent)
	defer end()
	derived, cancelDerived := context.WithTimeout(ctx, time.Hour)
	defer cancelDerived()

	cancel(errStopped)
	for name, running := range map[string]context.Context{"its context": ctx, "a derived one": derived} {
		if !isDone(running) || !errors.Is(running.Err(), context.Canceled) || !errors.Is(context.Cause(running), errStopped) {
			t.Errorf("%s: done %t, error %v, cause %v", name, isDone(running), running.Err(), context.Cause(running))
		}
	}
}

// The context package starts a goroutine for each context that is derived from a foreign type, unless it sees through it.
func TestCallContextNeedsNoGoroutine(t *testing.T) {
	t.Parallel()
	const calls = 2000
	before := runtime.NumGoroutine()
	for range calls {
		ctx, end := serve.Begin(t.Context())
		defer end()
		derived, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(derived, func() {})()
	}
	// Other tests run beside this one and have goroutines of their own.
	if more := runtime.NumGoroutine() - before; more > calls/10 {
		t.Errorf("%d open calls need %d goroutines", calls, more)
	}
}

// A handler may leave something behind that uses its context while the call ends. Made for the race detector.
func TestCallContextIsUsedWhileItEnds(t *testing.T) {
	t.Parallel()
	for range 200 {
		ctx, end := serve.Begin(context.WithValue(t.Context(), key{}, "value"))
		var users sync.WaitGroup
		for range 4 {
			users.Go(func() {
				derived, cancel := context.WithCancel(ctx)
				defer cancel()
				defer context.AfterFunc(ctx, func() {})()
				if value := ctx.Value(key{}); value != nil && value != "value" {
					t.Errorf("value %v", value)
				}
				ctx.Deadline()
				<-derived.Done()
				<-ctx.Done()
				if ctx.Err() == nil || derived.Err() == nil {
					t.Error("done without an error")
				}
			})
		}
		end()
		users.Wait()
	}
}

func isDone(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}
