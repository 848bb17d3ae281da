package main

import "testing"

// TestGenerate_always: every seed draws a sequence. One asked for an argument of a resource that has none.
func TestGenerate_always(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5_000) {
		if s := Generate(seed); len(s.Steps) == 0 {
			t.Fatalf("the seed %d draws nothing", seed)
		}
	}
}
