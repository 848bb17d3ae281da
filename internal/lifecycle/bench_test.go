package lifecycle_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// BenchmarkRefresh reads a token of an owner who has many as often as there are, as a refresh of all does in one process. The names are generated ones, so that each may
// be an orphan of each.
func BenchmarkRefresh(b *testing.B) {
	for _, size := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newToy(b, named)
			config := values{"name_prefix": "ci-", "lifetime": "720h"}
			for range size - 1 {
				w.Add(toyToken{Name: rotation.NewName("ci-")})
			}
			if run := w.Run(config); run.Failed != "" {
				b.Fatal(run.Diagnostics)
			}
			for b.Loop() {
				e := w.start(named, nil)
				for range size {
					if _, said := e.Read(w.Object); said.Failed() {
						b.Fatal(said)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/object")
		})
	}
}

// BenchmarkMint mints all tokens of an owner, which the run's one list takes in one by one.
func BenchmarkMint(b *testing.B) {
	for _, size := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				w := newToy(b, named)
				client := newToyClient(w.toyServer, &protocoltest.Network{})
				server := toyLists(client, "", nil)
				server.Lock = client.locks.Lock
				for i := range size {
					name := rotation.NewName("ci-")
					_, err := server.Mint(b.Context(), lifecycle.Request[toyToken]{Name: name, Send: func(context.Context) (lifecycle.Answer[toyToken], error) {
						made := toyToken{ID: fmt.Sprint("t", i), Name: name}
						client.lists.Put("", made)
						return lifecycle.Answer[toyToken]{Row: &made, Secret: rest.NewSecret(name)}, nil
					}}, func(lifecycle.Answer[toyToken]) {})
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/object")
		})
	}
}

// BenchmarkLookUpAfterWrite looks a token of an owner who has many up after each write, as a run does that changes or destroys all of them.
func BenchmarkLookUpAfterWrite(b *testing.B) {
	for name, write := range map[string]func(lists *rest.Lists[toyToken], id string){
		"append":  func(lists *rest.Lists[toyToken], id string) { lists.Put("", toyToken{ID: "new " + id, Name: "new"}) },
		"replace": func(lists *rest.Lists[toyToken], id string) { lists.Put("", toyToken{ID: id, Name: "again"}) },
		"remove":  func(lists *rest.Lists[toyToken], id string) { lists.Remove("", id) },
	} {
		for _, size := range []int{100, 1000, 5000} {
			b.Run(fmt.Sprint(name, "/", size), func(b *testing.B) {
				w := newToy(b, named)
				for i := range size {
					w.Add(toyToken{Name: fmt.Sprint("token-", i)})
				}
				for b.Loop() {
					client := newToyClient(w.toyServer, &protocoltest.Network{})
					server := toyLists(client, "", nil)
					first, err := server.List(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					for i := range first {
						all, _ := server.List(b.Context())
						if row, _ := server.Pick(all, first[i].ID, "", nil); row == nil {
							b.Fatal("not found")
						}
						write(&client.lists, first[i].ID)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/object")
			})
		}
	}
}
