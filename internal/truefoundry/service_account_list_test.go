package truefoundry_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// whole asks for all rows with their resources.
func whole() protocoltest.ListOptions {
	return protocoltest.ListOptions{IncludeResource: true, Limit: 5000}
}

// lists are the names of what a list block shows, in its order. Every row is what an import of it stores, byte for byte.
func (p *plane) lists(name string, config args) (shown []string, diagnostics protocoltest.Diagnostics) {
	p.t.Helper()
	rows, diagnostics := p.engine(name).List(name, config, whole())
	e := p.engine(name)
	for _, row := range rows {
		shown = append(shown, row.Resource.Text("name"))
		imported, said := e.ImportByIdentity(args{"id": row.Identity.Text("id")})
		e.NoError(said)
		for _, attribute := range imported.Differences(row.Resource.Attributes) {
			p.t.Errorf("%s: %s is listed as %s and imported as %s", row.DisplayName, attribute, row.Resource.Attributes[attribute], imported.Attributes[attribute])
		}
		for _, secret := range []string{"token", "encrypted_secret"} {
			if !row.Resource.IsNull(secret) {
				p.t.Errorf("%s is listed with %s", row.DisplayName, secret)
			}
		}
	}
	return shown, diagnostics
}

// listing runs cases of a list block.
func (p *plane) listing(name string, cases map[string]selection) {
	p.t.Helper()
	for what, c := range cases {
		shown, said := p.lists(name, c.filters)
		if len(said) > 0 || !slices.Equal(shown, c.want) {
			p.t.Errorf("%s: %q are listed instead of %q, and it says %s", what, shown, c.want, said)
		}
	}
	p.changesNothing()
	p.neverCreatedByReading()
}

// TestPersonalAccessToken_query lists the caller's tokens but the system's own, as an import stores them.
func TestPersonalAccessToken_query(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"newer": func(*fake.Switches) {},
		"older": func(w *fake.Switches) { *w = fake.Older() },
		"plain": func(w *fake.Switches) { w.PATExpirationEcho, w.HideJWTs, w.CreatedBy = "minutes", "always", "minimal" },
	}, func(p *plane, kind string) {
		at := func(days int) *time.Time { t := p.now().UTC().AddDate(0, 0, days).Truncate(24 * time.Hour); return &t }
		ids := map[string]string{}
		for _, pat := range []fake.PersonalAccessToken{
			{Name: "seen-b", Expiration: at(9), LastAccessed: at(-1), Team: "red"}, {Name: "seen-a", Created: *at(-400)}, {Name: "seen-old", Created: *at(-400), Expiration: at(-3)},
		} {
			added, err := p.AddPersonalAccessToken(pat)
			if err != nil {
				p.t.Fatal(err)
			}
			ids[pat.Name] = added.ID
		}
		cases := map[string]selection{
			"all":      {args{}, []string{"bootstrap", "seen-a", "seen-b"}},
			"expired":  {args{"include_expired": true, "name_prefix": "seen-"}, []string{"seen-a", "seen-b", "seen-old"}},
			"named":    {args{"name_contains": "EEN"}, []string{"seen-a", "seen-b"}},
			"ending":   {args{"expires_within": "20d"}, []string{"seen-b"}},
			"excepted": {args{"name_prefix": "seen-", "except_ids": []any{ids["seen-a"], nil}}, []string{"seen-b"}},
			"old":      {args{"created_before": at(-300).Format(time.RFC3339), "strict": true}, []string{"seen-a"}},
			"none":     {args{"name_prefix": "nothing"}, nil},
		}
		if kind == "newer" {
			cases["unused"] = selection{args{"unused_for": "90d"}, []string{"seen-a"}}
		}
		p.listing(patType, cases)
	})
}

// TestPersonalAccessToken_queryOfOthers lists others' tokens only where the resource can manage them, and no ephemeral ones.
func TestPersonalAccessToken_queryOfOthers(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"user", "account"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) { w.PATList = "tenant" })
			mine := p.subject(patType)
			mine.Does("create", args{"name": "mine", "lifetime": "720h"})
			p.engine(patType).MustOpen(patType, args{"name_prefix": "lent-"})
			alices := p.ofAlice()
			alices.Does("create", args{"name": "made", "user_email": alice, "lifetime": "720h"})
			if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "her-own", Owner: alice}); err != nil {
				t.Fatal(err)
			}
			e, want := p.engine(patType), []string{"bootstrap", "made", "mine"}
			if key == "account" {
				// It owns none, and everybody's are somebody else's.
				e, want = alices.engine(), []string{"made"}
			}
			rows, said := e.List(patType, args{}, whole())
			var shown []string
			for _, row := range rows {
				shown = append(shown, row.Resource.Text("name"))
				if isMade := row.Resource.Text("name") == "made"; isMade != (row.Resource.Text("user_email") == alice) {
					t.Errorf("%s is listed with the owner %q", row.DisplayName, row.Resource.Text("user_email"))
				}
			}
			if len(said) > 0 || !slices.Equal(shown, want) {
				t.Errorf("%q are listed instead of %q, and it says %s", shown, want, said)
			}
		})
	}
}

// TestPersonalAccessToken_queryRefused says that a virtual account may see none.
func TestPersonalAccessToken_queryRefused(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	rows, said := p.engine(patType, args{"api_key": p.administrator("admin")}).List(patType, args{}, whole())
	if len(rows) != 0 {
		t.Errorf("%d rows", len(rows))
	}
	contains(t, said.Errors(), "for the key of a virtual account, which owns none")
}

// TestVirtualAccount_query lists accounts as an import stores them, and reads no token.
func TestVirtualAccount_query(t *testing.T) {
	t.Parallel()
	switched(t, map[string]func(*fake.Switches){
		"newer":  func(*fake.Switches) {},
		"older":  func(w *fake.Switches) { *w = fake.Older() },
		"barely": func(w *fake.Switches) { w.HideJWTs = "list" },
		"never":  func(w *fake.Switches) { w.HideJWTs = "always" },
	}, func(p *plane, kind string) {
		day := func(days int) string { return p.now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
		team := func(name string) map[string]any { return map[string]any{"team": name} }
		ids := map[string]string{}
		for _, manifest := range []fake.Manifest{
			{"name": "b-loader", "ownedBy": team("blue"), "expiration_date": day(20)},
			{"name": "a-loader", "ownedBy": team("red"), "tags": map[string]any{"n": "1"}},
			{"name": "old-loader", "expiration_date": day(-2)},
		} {
			ids[fmt.Sprint(manifest["name"])] = p.account(manifest).ID
		}
		gone := p.account(fake.Manifest{"name": "c-loader"})
		if err := p.DeleteToken(gone.ID, gone.ActiveID); err != nil {
			p.t.Fatal(err)
		}
		if kind == "newer" {
			if _, err := p.RegenerateToken(ids["a-loader"], 3); err != nil {
				p.t.Fatal(err)
			}
		}
		all := []string{"a-loader", "b-loader", "c-loader"}
		p.listing(vaType, map[string]selection{
			"all":      {args{}, all},
			"expired":  {args{"include_expired": true}, append(slices.Clone(all), "old-loader")},
			"only":     {args{"expired": true}, []string{"old-loader"}},
			"valid":    {args{"expired": false, "include_expired": true}, all},
			"named":    {args{"name_contains": "A-L", "strict": true}, []string{"a-loader"}},
			"teams":    {args{"owned_by_teams": []any{"red", "blue"}}, []string{"a-loader", "b-loader"}},
			"nobody":   {args{"owned_by_teams": []any{"green"}}, nil},
			"ending":   {args{"expires_within": "30d"}, []string{"b-loader"}},
			"excepted": {args{"name_prefix": "a-", "except_ids": []any{ids["a-loader"]}}, nil},
		})
		if n := p.requests("GET", secretRoute); n != 0 {
			p.t.Errorf("%d tokens were read", n)
		}
	})
}

// TestQuery_adopted applies the configuration of an adopted row: nothing changes but that the token is read.
func TestQuery_adopted(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	account := p.account(fake.Manifest{"name": "loader", "ownedBy": map[string]any{"team": "red"}})
	rows, said := p.engine(vaType).List(vaType, args{}, whole())
	if len(rows) != 1 || len(said) != 0 || !strings.HasPrefix(rows[0].DisplayName, "loader (owner red, ") {
		t.Fatalf("%+v, %s", rows, said)
	}
	adopted := p.subject(vaType)
	adopted.imports(rows[0].Identity.Text("id"))
	adopted.Does("update", args{"name": "loader", "owned_by": args{"team": "red"}})
	if adopted.works() != account.Secret() || p.mints() != 0 {
		t.Error("another token was issued")
	}
}

// fills adds tokens and accounts until there are so many of both.
func (p *plane) fills(n int) {
	p.t.Helper()
	for i := len(p.PersonalAccessTokens()); i < n; i++ {
		if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: fmt.Sprintf("token-%04d", i)}); err != nil {
			p.t.Fatal(err)
		}
	}
	for i := range n {
		p.account(fake.Manifest{"name": fmt.Sprintf("account-%04d", i)})
	}
}

// failsAt has the list of a route fail after so many pages.
func (p *plane) failsAt(route string, pages int) {
	seen := 0
	p.AfterPage(func(fake.Page) {
		if seen++; seen == pages {
			p.fault("GET", route, "status:403", 1)
		}
	})
}

// TestQuery_pages lists a thousand rows, and adopts rows of them, in as many requests as there are pages.
func TestQuery_pages(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	p.fills(1000)
	for name, route := range map[string]string{patType: patsRoute, vaType: vasRoute} {
		for pageCap, c := range map[int]struct {
			requests, atLeast int
			filter            args
		}{0: {1, 999, args{}}, 500: {3, 98, args{"name_contains": "-00"}}} {
			if err := p.SetSwitches(func(w *fake.Switches) { w.PageCap = pageCap }); err != nil {
				t.Fatal(err)
			}
			before := p.requests("GET", "")
			rows, said := p.engine(name).List(name, c.filter, protocoltest.ListOptions{Limit: 5000, IncludeResource: pageCap > 0})
			sent := p.requests("GET", "") - before
			if len(said) != 0 || len(rows) < c.atLeast || sent != c.requests || p.requests("GET", route) == 0 {
				t.Errorf("%s in pages of %d: %d rows in %d requests, %s", name, pageCap, len(rows), sent, said)
			}
		}
	}
}

// TestQuery_incomplete lists what came before a page that failed, with a warning; strict makes it an error.
func TestQuery_incomplete(t *testing.T) {
	t.Parallel()
	for name, route := range map[string]string{patType: patsRoute, vaType: vasRoute} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			p := emulate(t, func(w *fake.Switches) { w.PageCap = 10 })
			p.fills(50)
			p.failsAt(route, 3)
			rows, said := p.engine(name).List(name, args{}, whole())
			// Three pages of 10 rows, two of which begin with a row of the page before; the system's own token is not shown.
			want := map[string]int{patType: 27, vaType: 28}[name]
			if len(said.Warnings()) != 1 || len(rows) != want {
				t.Errorf("%d rows instead of %d, %s", len(rows), want, said)
			}
			contains(t, said.Warnings(), "is incomplete")
			for _, row := range rows {
				if row.Resource.Text("name") == "" {
					t.Errorf("%s is listed without its resource", row.DisplayName)
				}
			}
			p.failsAt(route, 3)
			rows, said = p.engine(name).List(name, args{"strict": true}, whole())
			if len(rows) != 0 || len(said.Errors()) != 1 {
				t.Errorf("strict: %d rows, %s", len(rows), said)
			}
		})
	}
}

// TestVirtualAccount_queryOneFails: an account that cannot be read whole ends the list, where Terraform stops: no other is asked for.
func TestVirtualAccount_queryOneFails(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.HideJWTs = "list" })
	for _, name := range []string{"a-loader", "b-loader", "c-loader"} {
		p.account(fake.Manifest{"name": name})
	}
	asked := 0
	p.intercept = func(r *http.Request) *http.Response {
		if strings.HasPrefix(r.URL.Path, vasRoute+"/") {
			asked++
			return respond(`[]`)
		}
		return nil
	}
	_, said := p.engine(vaType).List(vaType, args{}, whole())
	if len(said.Errors()) != 1 || asked != 1 {
		t.Errorf("%d accounts were asked for, and it says %s", asked, said)
	}
}
