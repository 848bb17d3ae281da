package main

import (
	"io"
	"net/http"
	"testing"
)

// TestGateway_shut: a request that a dead process has left under way is over once its command is, and a later one reaches no server.
func TestGateway_shut(t *testing.T) {
	t.Parallel()
	r, _ := staged(t)
	g, err := openGateway(t.Context(), r.world)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = g.close() })
	send := func() error {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.bases["sailpoint"]+"/personal-access-tokens/v1", http.NoBody)
		if err != nil {
			return err
		}
		answer, err := http.DefaultClient.Do(request) //nolint:forbidigo // it is Terraform here, not the provider
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		return err
	}
	seen := func() int { return len(r.world.Journal().Entries()) }
	if err := send(); err == nil || seen() != 0 {
		t.Errorf("before a command: %v, %d requests", err, seen())
	}
	died, goOn := make(chan struct{}), make(chan struct{})
	g.open(&Kill{With: 1}, func() {
		close(died)
		<-goOn
	})
	sent := make(chan error, 1)
	go func() { sent <- send() }()
	<-died
	shut := make(chan struct{})
	go func() {
		g.shut()
		close(shut)
	}()
	select {
	case <-shut:
		t.Error("the command is over while a request of it is under way")
	case goOn <- struct{}{}:
	}
	<-shut
	if err := <-sent; err != nil || seen() != 1 {
		t.Errorf("the request under way: %v, %d requests", err, seen())
	}
	if err := send(); err == nil || seen() != 1 {
		t.Errorf("after the command: %v, %d requests", err, seen())
	}
}
