package rest_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestNumbers: whatever is added and removed, a number leads to its item, and an item to its number.
func TestNumbers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var numbers rest.Numbers
	// An item is its own number.
	var items []int
	for next := range 500 {
		if got := numbers.At(len(items)); got != next {
			t.Fatalf("the number of the next item is %d instead of %d", got, next)
		}
		items = append(items, next)
		for random.IntN(3) == 0 && len(items) > 0 {
			at := random.IntN(len(items))
			numbers.Remove(items[at])
			items = slices.Delete(items, at, at+1)
		}
		for at, item := range items {
			if numbers.At(at) != item || numbers.Position(item) != at {
				t.Fatalf("of %v, the item at %d has the number %d, and the position %d", items, at, numbers.At(at), numbers.Position(item))
			}
		}
	}
}
