package sailpoint_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// shownRows are the display names of the rows of a list, up to the first bracket.
func shownRows(rows []protocoltest.Listed) []string {
	var names []string
	for _, row := range rows {
		name, _, _ := strings.Cut(row.DisplayName, " (")
		names = append(names, name)
	}
	return names
}

// TestPersonalAccessToken_list lists what the caller can adopt: no managed token, nobody else's, and none that has expired unless that is asked for.
func TestPersonalAccessToken_list(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	seeded := s.household()
	e := s.engine()
	for name, c := range map[string]struct {
		filter values
		rows   []string
	}{
		"all":            {nil, []string{"bootstrap", "expiring", "lasting", "never-used", "never-used-new", "used-lately", "used-long-ago"}},
		"expired, too":   {values{"include_expired": true, "name_prefix": "exp"}, []string{"expired", "expiring"}},
		"prefix":         {values{"name_prefix": "used-"}, []string{"used-lately", "used-long-ago"}},
		"no such prefix": {values{"name_prefix": "x"}, nil},
		"exceptions":     {values{"name_prefix": "used-", "except_ids": []any{seeded["used-lately"].ID, nil}}, []string{"used-long-ago"}},
		"expiring":       {values{"expires_within": "7d"}, []string{"expiring"}},
		"lasting":        {values{"never_expires": false}, []string{"expiring", "lasting"}},
		"unused":         {values{"unused_for": "90d", "created_before": ahead(-48 * time.Hour)}, []string{"never-used", "used-long-ago"}},
		"never used":     {values{"never_used": true}, []string{"never-used", "never-used-new"}},
		"scope":          {values{"scope": "sp:scopes:default"}, []string{"never-used-new"}},
		"managed":        {values{"name_prefix": "platform", "include_expired": true}, nil},
		"foreign":        {values{"name_prefix": "foreign", "strict": true}, nil},
	} {
		rows, said := e.List(resourceType, c.filter, protocoltest.ListOptions{})
		if got := shownRows(rows); !slices.Equal(got, c.rows) || len(said) > 0 {
			t.Errorf("%s: listed %q: %s", name, got, said)
		}
	}
	if got := s.requests("GET", listRoute); got != 1 || s.requests("POST", loginRoute) != 1 {
		t.Errorf("%d lists for all of them", got)
	}
	rows, said := e.List(resourceType, values{"name_prefix": "e"}, protocoltest.ListOptions{})
	s.fine(said)
	expires := seeded["expiring"].Expiration.UTC().Format(time.DateOnly)
	if want := "expiring (owner mint.bootstrap, expires " + expires + ", last used " + s.Clock().Now().UTC().Format(time.DateOnly) + ")"; len(rows) != 1 || rows[0].DisplayName != want || rows[0].Identity.Text("id") != seeded["expiring"].ID {
		t.Errorf("listed %+v instead of %s", rows, want)
	}
}

// TestPersonalAccessToken_listedAsImported shows the resource of each row as an import of it would, whatever it was made with.
func TestPersonalAccessToken_listedAsImported(t *testing.T) {
	t.Parallel()
	for name, c := range importCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			foreign := s.seed("ci", c.edit)
			e := s.engine(versioned(c.version))
			rows, said := e.List(resourceType, values{"except_ids": []string{s.SailPoint.Bootstrap().ClientID}}, protocoltest.ListOptions{IncludeResource: true})
			if s.fine(said); len(rows) != 1 || rows[0].Identity.Text("id") != foreign.ID {
				t.Fatalf("listed %v: %s", rows, said)
			}
			imported, said := s.engine(versioned(c.version)).ImportByIdentity(values{"id": foreign.ID})
			s.fine(said)
			if differs := imported.Differences(rows[0].Resource.Attributes); len(differs) > 0 {
				t.Errorf("the row differs from the import in %v", differs)
			}
			s.isNull(rows[0].Resource, "secret", "previous_id", "previous_secret")
			// Adoption changes nothing.
			s.workspace(imported, versioned(c.version)).Does(protocoltest.Nothing, e.Generate(rows[0].Resource))
		})
	}
}

// TestPersonalAccessToken_listLimited says that there is more than the limit, which Terraform sets if the block does not.
func TestPersonalAccessToken_listLimited(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.RateLimit = -1 }))
	s.crowded(120)
	for limit, want := range map[int64]int{0: 100, 5: 5, 120: 120, 500: 120} {
		rows, said := s.engine().List(resourceType, values{"name_prefix": "old-"}, protocoltest.ListOptions{Limit: limit})
		warns := ""
		if want < 120 {
			warns = fmt.Sprintf("More SailPoint personal access tokens than the limit: 120 match, and the first %d are listed. Set limit in the list block to list more.", want)
		}
		if len(rows) != want || limit != 5 && warns == "" && len(said) > 0 {
			t.Errorf("limit %d: %d rows: %s", limit, len(rows), said)
		}
		// Terraform reads no further than the limit; what comes after it is not for this test.
		if len(said) > 0 && said.String() != warns {
			t.Errorf("limit %d: said %s", limit, said)
		}
	}
}

// TestPersonalAccessToken_listMayBeCut warns of a list that the tenant may have cut, and refuses it where that is asked for.
func TestPersonalAccessToken_listMayBeCut(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.ListCut = 250 }))
	s.crowded(260)
	filter := values{"name_prefix": "old-00"}
	rows, said := s.engine().List(resourceType, filter, protocoltest.ListOptions{IncludeResource: true})
	if warned(said) != "The list of SailPoint personal access tokens may be incomplete" || said.Failed() || len(rows) != 1 {
		t.Errorf("%d rows: %s", len(rows), said)
	}
	_, said = s.engine().List(resourceType, filter.With(values{"strict": true}), protocoltest.ListOptions{})
	s.failsWith(said, "listed exactly 250 tokens, a length at which it may cut lists")
	for action, config := range map[string]values{revokeType: filter.With(values{"dry_run": true}), expireType: filter.With(values{"dry_run": true, "expires_in": "1h"})} {
		if _, said := s.engine().Invoke(action, config); warned(said) != "The list of SailPoint personal access tokens may be incomplete" || said.Failed() {
			t.Errorf("%s: %s", action, said)
		}
	}
}

// TestPersonalAccessToken_listFails lists nothing, and says why once however many list blocks there are.
func TestPersonalAccessToken_listFails(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.http = values{"max_retries": 0}
	s.crowded(1)
	s.fault("GET", listRoute, "status:403", 1)
	e := s.engine()
	_, said := e.List(resourceType, nil, protocoltest.ListOptions{})
	s.failsWith(said, "refuses to authorize")
	_, said = e.List(resourceType, values{"strict": true}, protocoltest.ListOptions{})
	s.failsWith(said, "The reason is the same as in the other error")
	if got := s.requests("GET", listRoute); got != 1 {
		t.Errorf("%d lists", got)
	}
	for name, doubt := range protocoltest.Doubts(`[]`) {
		_, said := s.spoiled(doubt.By).List(resourceType, nil, protocoltest.ListOptions{})
		if failure := s.failed(said); failure == nil || !says(doubt.Message).MatchString(failure.Detail) {
			t.Errorf("%s: said %s", name, said)
		}
	}
	_, said = s.engine(values{"client_secret": "wrong"}).List(resourceType, nil, protocoltest.ListOptions{})
	s.failsWith(said, "does not accept the provider's credentials")
	_, said = s.engine().List(resourceType, values{"unused_for": "soon"}, protocoltest.ListOptions{})
	s.failsWith(said, "soon")
}

// TestPersonalAccessToken_listsTogether shares one list among list blocks, with their resources, and says once that the version is deprecated.
func TestPersonalAccessToken_listsTogether(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.Deprecated = true }))
	s.household()
	e := s.engine()
	var mu sync.Mutex
	var all protocoltest.Diagnostics
	var wait sync.WaitGroup
	for range 5 {
		wait.Go(func() {
			rows, said := e.List(resourceType, nil, protocoltest.ListOptions{IncludeResource: true})
			mu.Lock()
			defer mu.Unlock()
			if all = append(all, said...); len(rows) != 7 {
				t.Errorf("listed %q", shownRows(rows))
			}
		})
	}
	wait.Wait()
	if all.Failed() || warned(all) != "SailPoint Identity Security Cloud marks its API version v1 as deprecated" {
		t.Errorf("said %s", all)
	}
	if got := s.asked(); got.lists != 1 || got.logins != 1 {
		t.Errorf("asked %+v", got)
	}
}

// TestPersonalAccessToken_inventory shows everybody's tokens to who may see them, and else the caller's own.
func TestPersonalAccessToken_inventory(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.Deprecated = true }))
	user, err := s.SailPoint.AddUser(fake.User{Name: "reader"})
	if err != nil {
		t.Fatal(err)
	}
	seeded := s.household()
	s.seed("own", func(k *fake.Token) { k.Owner = user.IdentityID })
	for name, c := range map[string]struct {
		login, filter values
		names         string
	}{
		"with the right":    {nil, values{"created_before": ahead(-20 * 24 * time.Hour)}, "expired never-used used-lately used-long-ago"},
		"a prefix":          {nil, values{"name_prefix": "f"}, "foreign"},
		"managed, too":      {nil, values{"name_prefix": "platform"}, "platform"},
		"without the right": {as(user), nil, "bootstrap own"},
	} {
		e := s.engine(c.login)
		shown, said := e.ReadDataSource("mint_access_tokens", values{"systems": []string{"sailpoint"}}.With(c.filter))
		want := "SailPoint Identity Security Cloud marks its API version v1 as deprecated"
		if name == "without the right" {
			want = "Only the provider's own SailPoint personal access tokens are listed; " + want
		}
		if said.Failed() || said.Summaries() != want {
			t.Errorf("%s: said %s", name, said)
		}
		var names []string
		for _, row := range s.tokensOf(shown) {
			names = append(names, row.Text("name"))
			if row.Text("system") != "sailpoint" || row.Text("kind") != "personal_access_token" || row.Text("status") == "" || row.Text("owner") == "" {
				t.Errorf("%s: shown %v", name, row)
			}
			if row.Text("name") == "expired" && (row.Text("status") != "expired" || row.Text("id") != seeded["expired"].ID) {
				t.Errorf("%s: shown %v", name, row)
			}
		}
		if got := strings.Join(names, " "); got != c.names {
			t.Errorf("%s: shown %q", name, got)
		}
	}
}

// TestPersonalAccessToken_inventoryMayBeCut shows what came, and refuses it where that is asked for.
func TestPersonalAccessToken_inventoryMayBeCut(t *testing.T) {
	t.Parallel()
	s := emulate(t, switched(func(w *fake.Switches) { w.ListCut = 250 }))
	s.crowded(260)
	config := values{"systems": []string{"sailpoint"}, "name_prefix": "old-00"}
	shown, said := s.engine().ReadDataSource("mint_access_tokens", config)
	if said.Failed() || !says("listed exactly 250 tokens, a length at which it may cut lists").MatchString(said.String()) || len(s.tokensOf(shown)) != 1 {
		t.Errorf("shown %v: %s", shown, said)
	}
	_, said = s.engine().ReadDataSource("mint_access_tokens", config.With(values{"strict": true}))
	s.failsWith(said, "listed exactly 250 tokens")
}
