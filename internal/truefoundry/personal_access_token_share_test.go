package truefoundry

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// rows is a control plane that lists rows, and says yes to every deletion.
type rows []map[string]any

func (r rows) RoundTrip(request *http.Request) (*http.Response, error) {
	var answer any
	if request.Method == http.MethodGet {
		offset, err := strconv.Atoi(request.URL.Query().Get("offset"))
		if err != nil {
			return nil, err
		}
		answer = map[string]any{"data": r[offset:min(offset+1000, len(r))], "pagination": map[string]int{"total": len(r)}}
	}
	body, err := json.Marshal(answer)
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(string(body))), Request: request,
	}, err
}

// ofSeveral are rows of tokens, each of the next of some owners.
func ofSeveral(size int, owners ...string) rows {
	all := make(rows, size)
	for i := range all {
		manifest := map[string]string{"name": fmt.Sprint("token-", i)}
		if owner := owners[i%len(owners)]; owner != "" {
			manifest["user_fqn"] = "user:" + owner
		}
		all[i] = map[string]any{"id": fmt.Sprint("id-", i), "manifest": manifest, "jwtId": fmt.Sprint("jwt-", i)}
	}
	return all
}

// kindOf is the kind of a provider that has a key.
func kindOf(r http.RoundTripper, key string) personalAccessTokenKind {
	return personalAccessTokenKind{api.New(api.Config{APIKey: rest.NewSecret(key), HTTP: rest.Options{
		System: "truefoundry", Title: "TrueFoundry", BaseURL: &url.URL{Scheme: "https", Host: "plane.example.com"}, Transport: r,
		Timeout: time.Minute, Now: time.Now, Redactor: &rest.Redactor{},
	}})}
}

// model is a token in a state; of the caller where the e-mail address is empty.
func model(id, email string) *personalAccessTokenModel {
	m := &personalAccessTokenModel{}
	m.ID = types.StringValue(id)
	if email != "" {
		m.UserEmail = types.StringValue(email)
	}
	return m
}

// TestShare: every reader finds among a user's tokens what a walk through the whole list finds, before and after any are deleted, the provider's
// own key among them.
func TestShare(t *testing.T) {
	t.Parallel()
	const ann, bob, tokens = "ann@example.com", "bob@example.com", 24
	for name, key := range map[string]string{"caller is not told": "jwt.jwt.jwt", "caller is told": "tfy_pat_token-3_0123456789"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2))
			// Every third token is of each, or of nobody who is told.
			k := kindOf(ofSeveral(tokens, ann, bob, ""), key)
			var all []api.ServiceAccount
			compare := func(id, email string) {
				t.Helper()
				caller := k.caller(all)
				want := slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool {
					switch {
					case email != "":
						return !belongsTo(a, email) && (!mayBelongTo(a, email) || a.ID != id)
					case caller == "":
						return false
					}
					return !mayBelongTo(a, caller) && a.ID != id
				})
				server := k.Server(model(id, email))
				got, err := server.List(t.Context())
				same := func(a, b api.ServiceAccount) bool { return a.ID == b.ID }
				if err != nil || !slices.EqualFunc(got, want, same) {
					t.Fatalf("%q reads of %q %d tokens instead of %d: %v", id, email, len(got), len(want), err)
				}
				row, err := server.Pick(got, id, "", nil)
				if at := slices.IndexFunc(got, func(a api.ServiceAccount) bool { return a.ID == id }); err != nil || (row == nil) != (at < 0) || row != nil && row != &got[at] {
					t.Fatalf("%q of %q is %v instead of the token at %d: %v", id, email, row, at, err)
				}
			}
			for range tokens {
				var err error
				if all, err = k.client.ListPersonalAccessTokens(t.Context()); err != nil {
					t.Fatal(err)
				}
				if random.IntN(3) > 0 {
					for i := range tokens {
						for _, email := range []string{"", ann, bob, "other@example.com"} {
							compare(fmt.Sprint("id-", i), email)
						}
					}
				}
				if _, err := k.client.DeletePersonalAccessToken(t.Context(), all[random.IntN(len(all))].ID); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// TestShare_isShared: readers of one user's tokens get one slice, and what they remember about it goes on after a deletion.
func TestShare_isShared(t *testing.T) {
	t.Parallel()
	const ann, bob = "ann@example.com", "bob@example.com"
	for email, id := range map[string]string{"": "id-1", ann: "id-0"} {
		k := kindOf(ofSeveral(10, ann, bob), "tfy_pat_token-1_0123456789")
		read := func() (first *api.ServiceAccount, memo *rest.Memo) {
			server := k.Server(model(id, email))
			all, err := server.List(t.Context())
			if err != nil || len(all) == 0 {
				t.Fatal(all, err)
			}
			return &all[0], server.Memo(all)
		}
		one, memo := read()
		other, others := read()
		if one != other || memo == nil || memo != others {
			t.Errorf("%q: two readers have %p and %p, and remember in %p and %p", email, one, other, memo, others)
		}
		kept := &following{}
		memo.Lock()
		memo.Remember("kept", kept)
		memo.Unlock()
		// One of each.
		for _, at := range []int{8, 9} {
			if _, err := k.client.DeletePersonalAccessToken(t.Context(), fmt.Sprint("id-", at)); err != nil {
				t.Fatal(err)
			}
		}
		if _, memo := read(); memo == nil || memo.Value("kept") != kept || kept.removed.Load() != 1 {
			t.Errorf("%q: what was remembered is %v after a deletion", email, memo)
		}
	}
}

// following counts what it is told.
type following struct{ removed atomic.Int32 }

func (f *following) Replaced(int, api.ServiceAccount, api.ServiceAccount) {}
func (f *following) Removed(int, api.ServiceAccount)                      { f.removed.Add(1) }

// BenchmarkShare finds each token of a user in the list that holds only these, or as many of somebody else, as a refresh of all of them does.
func BenchmarkShare(b *testing.B) {
	const ann, bob = "ann@example.com", "bob@example.com"
	for name, c := range map[string]struct {
		owners     []string
		key, email string
	}{
		"caller has all":        {[]string{ann}, "tfy_pat_token-0_0123456789", ""},
		"caller has half":       {[]string{ann, bob}, "tfy_pat_token-0_0123456789", ""},
		"another user has half": {[]string{ann, bob}, "tfy_pat_token-1_0123456789", ann},
	} {
		for _, size := range []int{1000, 5000} {
			b.Run(fmt.Sprint(name, "/", size), func(b *testing.B) {
				k := kindOf(ofSeveral(size*len(c.owners), c.owners...), c.key)
				for b.Loop() {
					for i := range size {
						id := fmt.Sprint("id-", i*len(c.owners))
						server := k.Server(model(id, c.email))
						all, err := server.List(b.Context())
						if err != nil {
							b.Fatal(err)
						}
						if row, _ := server.Pick(all, id, "", nil); row == nil {
							b.Fatal("not found")
						}
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/object")
			})
		}
	}
}
