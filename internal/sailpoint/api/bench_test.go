package api_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// crowd is as many tokens as a user may have beside the one that the provider authenticates with.
const crowd = 9

func atOnce(work func(i int)) {
	var all sync.WaitGroup
	for i := range crowd {
		all.Go(func() { work(i) })
	}
	all.Wait()
}

// BenchmarkRefresh counts the requests that it takes to read 9 tokens in one run: a login and a list.
func BenchmarkRefresh(b *testing.B) {
	s := start(b, fake.Switches{RateLimit: -1})
	var ids [crowd]string
	for i := range crowd {
		token, err := s.AddToken(fake.Token{Name: fmt.Sprint("token-", i)})
		if err != nil {
			b.Fatal(err)
		}
		ids[i] = token.ID
	}
	for b.Loop() {
		c := s.client(b, api.V1)
		atOnce(func(i int) {
			if tokens, err := c.List(b.Context(), api.Me); err != nil || find(tokens, ids[i]) == nil {
				b.Errorf("token %d: %v", i, err)
			}
		})
	}
	b.ReportMetric(float64(len(s.Stage().Journal.Entries()))/float64(b.N), "requests/op")
}

// BenchmarkCreate counts the requests that it takes to list what is there, as the provider does first, and to create 9
// tokens: one each, a login and a list.
func BenchmarkCreate(b *testing.B) {
	s := start(b, fake.Switches{RateLimit: -1, TokensPerUser: -1})
	end, round := s.in(time.Hour), 0
	for b.Loop() {
		c := s.client(b, api.V1)
		atOnce(func(i int) {
			if _, err := c.List(b.Context(), api.Me); err != nil {
				b.Error(err)
			}
			if _, err := c.Create(b.Context(), dated(fmt.Sprintf("token-%d-%d", round, i), end)); err != nil {
				b.Error(err)
			}
		})
		b.StopTimer()
		for _, live := range s.Live() {
			if err := s.DeleteToken(live.ID); err != nil {
				b.Error(err)
			}
		}
		round++
		b.StartTimer()
	}
	b.ReportMetric(float64(len(s.Stage().Journal.Entries()))/float64(b.N), "requests/op")
}
