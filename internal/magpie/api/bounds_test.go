package api

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestClient_tooManyTokens: a list is read as far as a bound, and the error says which. What it costs to look for an id that comes twice
// grows with the list, not with its square: with the square, this test takes minutes.
func TestClient_tooManyTokens(t *testing.T) {
	t.Parallel()
	c, h := connect(t, byToken())
	var rows strings.Builder
	for id := range rest.RowLimit {
		fmt.Fprintf(&rows, `{"id": %d},`, id)
	}
	h.set("GET /access-token", "["+strings.TrimSuffix(rows.String(), ",")+"]")
	if tokens, err := c.List(t.Context(), Own); err != nil || len(tokens) != rest.RowLimit {
		t.Errorf("%d tokens, %v", len(tokens), err)
	}
	for name, list := range map[string]string{"bare": "[" + rows.String() + `{"id": "one more"}]`, "wrapped": `{"tokens": [` + rows.String() + `{"id": "one more"}]}`} {
		h.set("GET /access-token", list)
		_, err := c.Refresh(t.Context(), Own)
		var e *rest.Error
		if !errors.As(err, &e) || e.Kind != rest.TooLong || e.Message != "the list has more than 250000 rows" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
