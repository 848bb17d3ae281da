package main

import (
	"context"
	"fmt"
	"testing"
)

// recorder takes the place of a test. What would fail that is what Terraform calls a provider's bug, and is noted.
type recorder struct {
	// TB makes it one; what is not overridden below is never called.
	testing.TB
	ctx    context.Context //nolint:containedctx // a test has one too
	failed []string
}

// stopped is what a fatal error stops a command with.
type stopped struct{}

// Helper implements [testing.TB].
func (r *recorder) Helper() {}

// Context implements [testing.TB].
func (r *recorder) Context() context.Context { return r.ctx }

// Failed implements [testing.TB].
func (r *recorder) Failed() bool { return len(r.failed) > 0 }

// Error implements [testing.TB].
func (r *recorder) Error(args ...any) { r.failed = append(r.failed, fmt.Sprint(args...)) }

// Errorf implements [testing.TB].
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = append(r.failed, fmt.Sprintf(format, args...))
}

// Fatal implements [testing.TB].
func (r *recorder) Fatal(args ...any) {
	r.Error(args...)
	panic(stopped{})
}

// Fatalf implements [testing.TB].
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	panic(stopped{})
}

// guarded runs something that may stop for a fatal error.
func guarded(do func()) {
	defer func() {
		if cause := recover(); cause != nil {
			if _, isStop := cause.(stopped); !isStop {
				panic(cause)
			}
		}
	}()
	do()
}
