package truefoundry

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// Review: what each reader of the personal access tokens does with the one list of the run, times the number of readers.
func BenchmarkReview_EveryReaderFiltersTheList(b *testing.B) {
	for _, n := range []int{1000, 5000, 10000} {
		for _, key := range []string{"jwt.jwt.jwt", "tfy_pat_ci_0123456789"} {
			b.Run(fmt.Sprintf("%s/%d", key[:3], n), func(b *testing.B) {
				base, _ := url.Parse("http://localhost")
				client := api.New(api.Config{APIKey: rest.NewSecret(key), HTTP: rest.Options{BaseURL: base, Redactor: &rest.Redactor{}, Now: time.Now}})
				all := make([]api.ServiceAccount, n)
				for i := range all {
					id := fmt.Sprintf("jwt-%d", i)
					all[i] = api.ServiceAccount{ID: fmt.Sprintf("id-%d", i), Name: fmt.Sprintf("a-token-with-a-longer-name-%d", i), JWTID: &id}
				}
				k := personalAccessTokenKind{client: client}
				list := k.ofCaller([]string{"id-1", ""}, func(context.Context) ([]api.ServiceAccount, error) { return all, nil })
				b.ResetTimer()
				for range b.N {
					for range n { // one look-up per token that is refreshed
						_, _ = list(b.Context())
					}
				}
			})
		}
	}
}
