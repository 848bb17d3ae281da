package lifecycle_test

import (
	"fmt"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// Review: what a look-up costs after each deletion, and after each change of a row, in a run that destroys or updates all tokens of a list.
func BenchmarkReview_LookUpAfterEveryWrite(b *testing.B) {
	for _, n := range []int{500, 1000, 2000, 5000} {
		for _, write := range []string{"append", "replace", "remove"} {
			b.Run(fmt.Sprintf("%s/%d", write, n), func(b *testing.B) {
				for range b.N {
					w := newToy(b, named)
					for i := range n {
						w.Add(toyToken{Name: fmt.Sprintf("token-%d", i)})
					}
					client := newToyClient(w.toyServer, &protocoltest.Network{})
					server := toyLists(client, "", nil)
					all, err := server.List(b.Context())
					if err != nil {
						b.Fatal(err)
					}
					ids := make([]string, len(all))
					for i := range all {
						ids[i] = all[i].ID
					}
					b.ResetTimer()
					for i, id := range ids {
						all, _ = server.List(b.Context())
						if row, _ := server.Pick(all, id, "", nil); row == nil {
							b.Fatal("not found")
						}
						switch write {
						case "append":
							client.lists.Put("", toyToken{ID: fmt.Sprintf("new%d", i), Name: "new"})
						case "replace":
							client.lists.Put("", toyToken{ID: id, Name: "again"})
						case "remove":
							client.lists.Remove("", id)
						}
					}
				}
			})
		}
	}
}
