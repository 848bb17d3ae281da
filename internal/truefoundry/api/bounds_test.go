package api_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestPagingEnds: a control plane that always has another row is not asked for ever, and the error says where the provider stopped.
func TestPagingEnds(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// added is how many new rows each page has.
		added    int
		total    func(rows int) string
		requests int32
		message  string
	}{
		"small pages, no total":      {3, func(int) string { return "null" }, 1000, "the list has more than 1000 pages; 1000 of them held 3000 rows"},
		"a total that always grows":  {2, func(rows int) string { return strconv.Itoa(rows + 1) }, 1000, "the list has more than 1000 pages; 1000 of them held 2000 rows"},
		"whole pages":                {999, func(int) string { return "null" }, 251, "the list has more than 250000 rows"},
		"more rows than can be read": {10, func(int) string { return "250001" }, 1, "the list has more than 250000 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			_, err := start(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
				rows := make([]string, 0, c.added+1)
				// The first page has no row of a page before it.
				for id := offset; id < offset+c.added+min(offset, 1); id++ {
					rows = append(rows, fmt.Sprintf(`{"id":"%d","name":"n"}`, id))
				}
				_, _ = fmt.Fprintf(w, `{"data":[%s],"pagination":{"total":%s}}`, strings.Join(rows, ","), c.total(offset+len(rows)))
			}).ListVirtualAccounts(t.Context())
			var e *rest.Error
			if !errors.As(err, &e) || e.Kind != rest.TooLong || e.Message != c.message || requests.Load() != c.requests {
				t.Errorf("%d requests, %v", requests.Load(), err)
			}
		})
	}
}

// TestListOfNumbersCostsLittle: a list of something else ends at its first row, and does not take many times its size in memory. It is not
// parallel, because it measures: tests that are wait meanwhile.
func TestListOfNumbersCostsLittle(t *testing.T) { //nolint:paralleltest // it measures memory
	const size = 2 << 20
	body := `{"data":[` + strings.Repeat("0,", size/2) + "0]}"
	client := start(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := client.ListVirtualAccounts(t.Context())
	runtime.ReadMemStats(&after)
	if err == nil || !strings.HasSuffix(err.Error(), "row 0 of the list cannot be read: it is not an object") {
		t.Error(err)
	}
	if cost := after.TotalAlloc - before.TotalAlloc; cost > 16*size {
		t.Errorf("a list of %d MiB takes %d MiB", size>>20, cost>>20)
	}
}
