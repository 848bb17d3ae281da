package api_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
)

// allocated is how much memory a function asks for, all in all. Tests that call it are not parallel: those that are wait meanwhile.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestListOfNumbersCostsLittle: a list of something else ends at its first row, and does not take many times its size in memory.
func TestListOfNumbersCostsLittle(t *testing.T) { //nolint:paralleltest // it measures memory
	const size = 2 << 20
	for name, c := range map[string]struct{ row, problem string }{
		"numbers":       {"0", "row 0 of the list cannot be read: it is not an object"},
		"nulls":         {"null", `row 0 of the list cannot be read: its field "id" is missing`},
		"empty objects": {"{}", `row 0 of the list cannot be read: its field "id" is missing`},
		"empty lists":   {"[]", "row 0 of the list cannot be read: it is not an object"},
	} {
		s := &scripted{status: 200, body: "[" + strings.Repeat(c.row+",", size/(len(c.row)+1)) + c.row + "]"}
		client := s.client(t)
		var err error
		cost := allocated(func() { _, err = client.List(t.Context(), api.Me) })
		if e := failure(t, err); e.Kind != rest.Malformed || !strings.Contains(e.Message, c.problem) {
			t.Errorf("%s: %+v", name, e)
		}
		if cost > 16*size {
			t.Errorf("%s: a list of %d MiB takes %d MiB", name, size>>20, cost>>20)
		}
	}
}

// TestTooManyTokens: a list is read as far as a bound, and the error says which.
func TestTooManyTokens(t *testing.T) {
	t.Parallel()
	row := `{"id":"t"},`
	all := strings.Repeat(row, rest.RowLimit)
	s := &scripted{status: 200, body: "[" + strings.TrimSuffix(all, ",") + "]"}
	if tokens, err := s.client(t).List(t.Context(), api.Everybody); err != nil || len(tokens) != rest.RowLimit {
		t.Errorf("%d tokens, %v", len(tokens), err)
	}
	s.body = "[" + all + strings.TrimSuffix(row, ",") + "]"
	_, err := s.client(t).List(t.Context(), api.Everybody)
	if e := failure(t, err); e.Kind != rest.TooLong || e.Message != "the list has more than 250000 rows" || s.calls != 2 {
		t.Errorf("%d requests, %+v", s.calls, e)
	}
}
