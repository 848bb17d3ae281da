package rest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestMoreRows: room is made by the length of the rows that were read, but never for many times those, nor for more than are read of a list.
func TestMoreRows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rows         int
		read         int64
		length, want int
	}{
		{1, 100, 100, 1},
		{1, 100, 400, 4},
		{1, 10, 1 << 20, 16},
		{1000, 100_000, 400_000, 3001},
		{10_000, 3_600_000, 3_700_000, 278},
		{200_000, 60 << 20, 64 << 20, 13334},
		{200_000, 2 << 20, 64 << 20, rest.RowLimit - 200_000},
		{rest.RowLimit, 1 << 20, 2 << 20, 0},
	} {
		if got := rest.MoreRows(c.rows, c.read, c.length); got != c.want {
			t.Errorf("after %d rows in %d of %d bytes room is made for %d more instead of %d", c.rows, c.read, c.length, got, c.want)
		}
	}
}

// TestReadRows_uneven reads lists whose first row tells nothing of the others.
func TestReadRows_uneven(t *testing.T) {
	t.Parallel()
	c := offline(t, nil)
	for _, first := range []int{1, 100_000} {
		list := `["` + strings.Repeat("a", first) + `"` + strings.Repeat(`,"row"`, 10_000) + `]`
		answer := &rest.Answer{Status: 200, Header: http.Header{}, Body: []byte(list)}
		rows, err := rest.ReadRows(c, get("/tokens"), answer, answer.Body, func(text []byte) (int, error) { return len(text), nil })
		if err != nil || len(rows) != 10_001 || rows[0] != first+2 || rows[10_000] != 5 {
			t.Errorf("%d rows are read: %v", len(rows), err)
		}
	}
}
