package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// BenchmarkRedactor strikes 1,000 secrets out of a message that holds one of them.
func BenchmarkRedactor(b *testing.B) {
	var r rest.Redactor
	for i := range 1000 {
		r.Add(rest.NewSecret(fmt.Sprintf("secret-%032d", i)))
	}
	text := strings.Repeat("the server refused ", 20) + fmt.Sprintf("secret-%032d", 500)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		_ = r.Redact(text)
	}
	b.ReportMetric(1000, "secrets")
}

// BenchmarkLists lets 1,000 readers ask for a list of 1,000 at once.
func BenchmarkLists(b *testing.B) {
	items := make([]string, 1000)
	var fetches atomic.Int32
	b.ReportAllocs()
	for b.Loop() {
		var lists rest.Lists[string]
		var all sync.WaitGroup
		for range 1000 {
			all.Go(func() {
				got, err := lists.Get(b.Context(), "k", func(context.Context) ([]string, error) {
					fetches.Add(1)
					return items, nil
				})
				if err != nil || len(got) != len(items) {
					b.Errorf("%d items: %v", len(got), err)
				}
			})
		}
		all.Wait()
	}
	b.ReportMetric(float64(fetches.Load())/float64(b.N), "fetches/op")
}

// BenchmarkCreatesUnderLimit sends 300 creates, 10 at a time as Terraform does, to a server that enforces SailPoint's limit of 100 in
// 10 seconds. One round takes the 20 seconds that the limit takes by itself, and hardly more.
func BenchmarkCreatesUnderLimit(b *testing.B) {
	const creates, limit, per = 300, 100, 10 * time.Second
	const own = time.Duration((creates-1)/limit) * per
	counting := &window{limit: limit, per: per}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		resp, err := counting.RoundTrip(r)
		if err != nil {
			b.Error(err)
			return
		}
		if after := resp.Header.Get("Retry-After"); after != "" {
			w.Header().Set("Retry-After", after)
		}
		w.WriteHeader(resp.StatusCode)
	}))
	defer server.Close()
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		// What an earlier round has sent has left the server's window.
		counting.forget()
		api := client(b, server.URL, &http.Transport{MaxIdleConnsPerHost: 16}, func(o *rest.Options) {
			o.Limit = rest.Limit{Requests: limit, Per: per}
		})
		b.StartTimer()
		start := time.Now()
		var all sync.WaitGroup
		work := make(chan struct{})
		for range 10 {
			all.Go(func() {
				for range work {
					if _, err := api.Do(b.Context(), mint()); err != nil {
						b.Error(err)
					}
				}
			})
		}
		for range creates {
			work <- struct{}{}
		}
		close(work)
		all.Wait()
		took += time.Since(start)
	}
	rounds := float64(b.N)
	b.ReportMetric(float64(took)/float64(own)/rounds, "time/limit's_own")
	b.ReportMetric(float64(counting.refused)/rounds, "429s/op")
}

// BenchmarkDecode reads a list of 10,000 rows.
func BenchmarkDecode(b *testing.B) {
	row := `{"id": "2c9180867624cbd7017642d8c8c81f67", "name": "ci", "scope": ["sp:scopes:all"], "owner": {"type": "IDENTITY", "id": "1", "name": "x"}, "created": "2025-01-02T03:04:05.678Z"}`
	body := "[" + strings.Repeat(row+",", 9999) + row + "]"
	api, call := offline(b, always(200, body)), get("/tokens")
	answer, err := api.Do(b.Context(), call)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var into []struct{ ID, Name, Created string }
		if err := api.Decode(call, answer, &into); err != nil {
			b.Fatal(err)
		}
	}
}
