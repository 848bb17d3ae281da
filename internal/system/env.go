package system

import (
	"context"
	"net/http"
	"os"
	"time"
)

// Env is everything that the provider takes from the world around it. Tests hand in their own.
type Env struct {
	// Now tells the time. It is read in Create, Update and Read, and never shapes a plan.
	Now func() time.Time
	// Sleep waits for a time, or until the context ends, whose error it returns then; nil means a real timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Getenv reads an environment variable.
	Getenv func(string) string
	// Transport sends requests; nil means the network, with the proxies that the environment names.
	Transport http.RoundTripper
	// Version is the provider's own version, for the user agent.
	Version string
}

// RealEnv is the world as it is.
func RealEnv(version string) Env {
	return Env{Now: time.Now, Getenv: os.Getenv, Version: version}
}
