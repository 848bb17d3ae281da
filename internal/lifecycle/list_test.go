package lifecycle_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

type listOptions = protocoltest.ListOptions

// connectionOf is a connection without a provider block.
func connectionOf(client *toyClient) *system.Connection {
	toy := system.System{
		Name: "toy", Title: "Toy", Block: system.Block{BaseURL: system.Argument{Default: "https://toy.example.com"}}, Connect: func(system.Values) any { return client },
	}
	return system.NewConnection(toy, types.ObjectNull(nil), system.Settings{})
}

// idsOf are the ids of rows, in their order.
func idsOf(rows []protocoltest.Listed) string {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.Identity.Text("id"))
	}
	return strings.Join(ids, " ")
}

// stocked is a server with tokens of all sorts; t2 and t3 have expired, t6 is the server's own, t7 of another scope.
func stocked(t *testing.T, setups ...func(*toyServer)) *toy {
	t.Helper()
	w := newToy(t, named, setups...)
	past, soon := ptr(w.Now().Add(-day)), ptr(w.Now().Add(day))
	for _, token := range []toyToken{
		{Name: "d", Expiry: soon},
		{Name: "c", Expiry: past},
		{Name: "e", Scope: "expired"},
		{Name: "a", Team: "ops", Used: true},
		{Name: "d"},
		{Name: "b", Region: "platform"},
		{Name: "f", Scope: "write", Note: "deploys"},
	} {
		w.Add(token)
	}
	return w
}

func TestList(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config values
		want   string
	}{
		"all":               {nil, "t4 t1 t5 t7"},
		"expired too":       {values{"include_expired": true}, "t4 t2 t1 t5 t3 t7"},
		"expired, asked no": {values{"include_expired": false}, "t4 t1 t5 t7"},
		"audit":             {values{"never_expires": false, "include_expired": true}, "t2 t1"},
		"own filter":        {values{"scope": "write"}, "t7"},
		"both":              {values{"scope": "all", "never_used": false}, "t4"},
		"leftovers":         {values{"name_prefix": "d", "except_ids": []any{"t1", nil, ""}}, "t5"},
		"nothing":           {values{"scope": "none"}, ""},
		"the server's own":  {values{"name_prefix": "b"}, ""},
	} {
		for _, include := range []bool{false, true} {
			w := stocked(t)
			e := w.Start()
			// The list is everybody's, and stays as it is.
			for range 2 {
				rows, said := e.List(named, c.config, listOptions{IncludeResource: include})
				if got := idsOf(rows); len(said) > 0 || got != c.want {
					t.Errorf("%s: %q instead of %q: %s", name, got, c.want, said)
				}
			}
			if w.Counted("list") != 1 || w.Requests() != "" {
				t.Errorf("%s: %d lists", name, w.Counted("list"))
			}
		}
	}
}

// TestList_nameless: rows without names stay in the order of the server, whatever their descriptions are.
func TestList_nameless(t *testing.T) {
	t.Parallel()
	w := newToy(t, nameless)
	for _, note := range []string{"z", "", "a"} {
		w.Add(toyToken{Account: "acc", Note: note})
	}
	w.Add(toyToken{Account: "other"})
	rows, said := w.Start().List(nameless, values{"account": "acc"}, listOptions{})
	if got := idsOf(rows); len(said) > 0 || got != "t1 t2 t3" || rows[0].Identity.Text("account") != "acc" {
		t.Errorf("%q: %s", got, said)
	}
}

// TestList_display: people see nothing else of a row.
func TestList_display(t *testing.T) {
	t.Parallel()
	created := "2030-01-31"
	for want, token := range map[string]toyToken{
		"a (never expires, never used)":                           {Name: "a"},
		"a (owner OPS, never expires, last used " + created + ")": {Name: "a", Team: "ops", Used: true},
		"a (expires 2030-02-01, never used)":                      {Name: "a", Expiry: ptr(time.Date(2030, 2, 1, 23, 0, 0, 0, time.UTC))},
		"a (expired 2030-01-30, never used)":                      {Name: "a", Expiry: ptr(time.Date(2030, 1, 30, 23, 0, 0, 0, time.UTC))},
		"a (expired, never used)":                                 {Name: "a", Scope: "expired"},
		"a (expires 2030-01-31, last used " + created + ")":       {Name: "a", Note: "with a name, a note is no matter", Used: true, Expiry: ptr(time.Date(2030, 2, 1, 0, 30, 0, 0, time.FixedZone("", 3600)))},
	} {
		w := newToy(t, named)
		w.Add(token)
		rows, _ := w.Start().List(named, values{"include_expired": true}, listOptions{})
		if len(rows) != 1 || rows[0].DisplayName != want {
			t.Errorf("%v instead of %q", rows, want)
		}
	}
	for want, token := range map[string]toyToken{
		"t1": {}, "t1 deploys": {Note: "deploys"},
		"t1 deploys (owner OPS, expires 2030-02-01, last used 2030-01-31)": {Note: "deploys", Team: "ops", Used: true, Expiry: ptr(time.Date(2030, 2, 1, 23, 0, 0, 0, time.UTC))},
		"t1 (expired)": {Scope: "expired"},
	} {
		w := newToy(t, nameless)
		token.Account = "acc"
		w.Add(token)
		rows, _ := w.Start().List(nameless, values{"account": "acc", "include_expired": true}, listOptions{})
		if len(rows) != 1 || rows[0].DisplayName != want {
			t.Errorf("%v instead of %q", rows, want)
		}
	}
}

// TestList_limit: Terraform stops reading at its limit, and what a warning says about the whole list must have come by then.
func TestList_limit(t *testing.T) {
	t.Parallel()
	for limit, c := range map[int64]struct{ want, warns string }{
		1: {"t4", "4 match, and the first 1 are listed"}, 3: {"t4 t1 t5", "4 match, and the first 3 are listed. Set limit in the list block"}, 4: {"t4 t1 t5 t7", ""}, 5: {"t4 t1 t5 t7", ""},
	} {
		rows, said := stocked(t).Start().List(named, nil, listOptions{Limit: limit})
		if got := idsOf(rows); got != c.want {
			t.Errorf("%d: %q instead of %q", limit, got, c.want)
		}
		if c.warns == "" && len(said) > 0 {
			t.Errorf("%d: %s", limit, said)
		} else if c.warns != "" {
			says(t, said.Warnings(), "More Toy named tokens than the limit", c.warns)
		}
	}
	// Also what is said about a list of which only a part was read.
	rows, said := stocked(t, func(s *toyServer) { s.Shows = 5 }).Start().List(named, nil, listOptions{Limit: 3})
	if got := idsOf(rows); got != "t4 t1 t5" {
		t.Errorf("listed is %q", got)
	}
	says(t, said.Warnings(), "The list of Toy named tokens is incomplete")
}

// TestList_incomplete: an error would hide every row, so that a list that could be read in part warns, unless strict is set.
func TestList_incomplete(t *testing.T) {
	t.Parallel()
	const warning = "The list of Toy named tokens is incomplete"
	for name, c := range map[string]struct {
		shows  int
		config values
		want   string
		warns  []string
		fails  []string
	}{
		"whole":                  {0, nil, "t4 t1 t5 t7", nil, nil},
		"whole, strict":          {0, values{"strict": true}, "t4 t1 t5 t7", nil, nil},
		"in part":                {4, nil, "t4 t1", []string{warning, "Only what could be read is listed. Set strict = true", "unavailable", "Status: 503"}, nil},
		"in part, not strict":    {4, values{"strict": false}, "t4 t1", []string{warning}, nil},
		"in part, and none fits": {1, values{"scope": "none"}, "", []string{warning}, nil},
		"in part, strict":        {4, values{"strict": true}, "", nil, []string{"Unable to list Toy named token", "unavailable", "Ask for the right to list."}},
	} {
		w := stocked(t, func(s *toyServer) { s.Shows = c.shows })
		rows, said := w.Start().List(named, c.config, listOptions{})
		if got := idsOf(rows); got != c.want {
			t.Errorf("%s: %q instead of %q", name, got, c.want)
		}
		switch {
		case c.warns != nil:
			says(t, said.Warnings(), c.warns...)
		case c.fails != nil:
			says(t, said.Errors(), c.fails...)
		case len(said) > 0:
			t.Errorf("%s: %s", name, said)
		}
	}
	w := stocked(t, func(s *toyServer) { s.Notice = "Maintenance tonight" })
	w.Fail("list", refused)
	rows, said := w.Start().List(named, nil, listOptions{})
	if says(t, said.Errors(), "Unable to list Toy named token", "Ask for the right to list."); rows != nil || !strings.Contains(said.Summaries(), "Maintenance tonight") {
		t.Errorf("listed is %v: %s", rows, said)
	}
}

// TestList_incompleteThenError: a resource that has the same error later still explains it.
func TestList_incompleteThenError(t *testing.T) {
	t.Parallel()
	w := stocked(t)
	failure := unavailable.error("list")
	c := connectionOf(newToyClient(w.toyServer, nil))
	_, detail := c.IncompleteList(namedNoun(), failure)
	b := newNamedTokens()
	b.Configure(t.Context(), resource.ConfigureRequest{ProviderData: system.ProviderData{"toy": c}}, &resource.ConfigureResponse{})
	if got := b.Failure(system.Read, failure).Detail(); got != detail || !strings.Contains(got, "Status: 503") {
		t.Errorf("%q instead of %q", got, detail)
	}
}

// TestList_adopt: what a list shows of a resource is what its import stores, to the letter.
func TestList_adopt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		resource string
		config   values
		token    toyToken
		imports  values
	}{
		"with a name":              {named, nil, toyToken{Name: "ci", Note: "a", Scope: "r", Team: "ops", Region: "eu"}, values{"id": "t1"}},
		"with a generated name":    {named, nil, toyToken{Name: rotation.NewName("ci-")}, values{"id": "t1"}},
		"with an expiry":           {named, nil, toyToken{Name: "ci", Expiry: ptr(time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC))}, values{"id": "t1"}},
		"expired":                  {named, values{"include_expired": true}, toyToken{Name: "ci", Expiry: ptr(time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC))}, values{"id": "t1"}},
		"without a name":           {nameless, values{"account": "acc"}, toyToken{Account: "acc", Note: "a"}, values{"account": "acc", "id": "t1"}},
		"without a name, expiring": {nameless, values{"account": "acc"}, toyToken{Account: "acc", Expiry: ptr(time.Date(2030, 3, 1, 12, 0, 0, 0, time.UTC))}, values{"account": "acc", "id": "t1"}},
	} {
		w := newToy(t, c.resource)
		w.Add(c.token)
		rows, said := w.Start().List(c.resource, c.config, listOptions{IncludeResource: true})
		if len(said) > 0 || len(rows) != 1 {
			t.Fatalf("%s: %v: %s", name, rows, said)
		}
		imported, said := w.Start().ImportByIdentity(c.imports)
		if said.Failed() {
			t.Fatalf("%s: %s", name, said)
		}
		if differ := imported.Differences(rows[0].Resource.Attributes); len(differ) > 0 {
			t.Errorf("%s: %v differ: listed is %s, imported %s", name, differ, rows[0].Resource.Attributes, imported.Attributes)
		}
		if differ := imported.IdentityAttributes.Differences(rows[0].Identity); len(differ) > 0 {
			t.Errorf("%s: of the identity, %v differ", name, differ)
		}
	}
}

// TestList_many: a thousand rows with their resources cost one request.
func TestList_many(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	for i := range 1000 {
		w.Add(toyToken{Name: fmt.Sprintf("ci-%03d", 999-i)})
	}
	rows, said := w.Start().List(named, nil, listOptions{IncludeResource: true, Limit: 1000})
	if len(said) > 0 || len(rows) != 1000 || rows[0].Resource.Text("name") != "ci-000" || rows[999].Resource.Text("id") != "t1" {
		t.Errorf("%d rows: %s", len(rows), said)
	}
	if w.Counted("list") != 1 || len(w.journal) != 1 {
		t.Errorf("%d requests", len(w.journal))
	}
}

// TestList_stops: when Terraform wants no more, nothing more is made.
func TestList_stops(t *testing.T) {
	t.Parallel()
	for _, shows := range []int{0, 5} {
		w := stocked(t, func(s *toyServer) { s.Shows = shows })
		client := newToyClient(w.toyServer, &protocoltest.Network{})
		tokens, listed := newNamedTokens(), newNamedList()
		c := connectionOf(client)
		configurable, _ := listed.(list.ListResourceWithConfigure)
		configurable.Configure(t.Context(), resource.ConfigureRequest{ProviderData: system.ProviderData{"toy": c}}, &resource.ConfigureResponse{})
		var declared resource.SchemaResponse
		var identity resource.IdentitySchemaResponse
		var config list.ListResourceSchemaResponse
		tokens.Schema(t.Context(), resource.SchemaRequest{}, &declared)
		tokens.IdentitySchema(t.Context(), resource.IdentitySchemaRequest{}, &identity)
		listed.ListResourceConfigSchema(t.Context(), list.ListResourceSchemaRequest{}, &config)
		kind, _ := config.Schema.Type().TerraformType(t.Context()).(tftypes.Object)
		nulls := map[string]tftypes.Value{}
		for name, of := range kind.AttributeTypes {
			nulls[name] = tftypes.NewValue(of, nil)
		}
		var stream list.ListResultsStream
		listed.List(t.Context(), list.ListRequest{
			Config: tfsdk.Config{Schema: config.Schema, Raw: tftypes.NewValue(kind, nulls)}, IncludeResource: true, ResourceSchema: declared.Schema, ResourceIdentitySchema: identity.IdentitySchema,
		}, &stream)
		for stop := range 3 {
			client.identified = 0
			taken := 0
			// To go on after a break is a panic.
			for result := range stream.Results {
				if taken++; result.Diagnostics.HasError() {
					t.Error(result.Diagnostics)
				}
				if taken > stop {
					break
				}
			}
			if want := stop + 1 - min(shows, 1); client.identified != want {
				t.Errorf("%d rows were made instead of %d", client.identified, want)
			}
		}
	}
}

// TestList_unknownProvider: nothing can be listed before the provider block is known.
func TestList_unknownProvider(t *testing.T) {
	t.Parallel()
	w := stocked(t)
	rows, said := w.start(named, values{"host": unknown}).List(named, nil, listOptions{})
	says(t, said.Errors(), "block is not known yet")
	if rows != nil || w.Counted("list") > 0 {
		t.Errorf("listed is %v", rows)
	}
}

// TestInventory: the facts of all rows, also of a list that was read in part; the status follows from the time where the server does not tell.
func TestInventory(t *testing.T) {
	t.Parallel()
	w := stocked(t)
	failure := &rest.Error{System: "Toy", Message: "no"}
	for _, err := range []error{nil, failure} {
		c := connectionOf(newToyClient(w.toyServer, nil))
		facts, said, got := inventoryOf(w, err).List(t.Context(), c, []string{"acc"})
		if !errors.Is(got, err) || len(said) != 1 || said[0].Summary() != "Listed on Toy for acc" {
			t.Errorf("%v, %v", got, said)
		}
		status := make([]string, 0, len(facts))
		for _, one := range facts {
			status = append(status, one.ID+one.Status)
		}
		if want := []string{"t1", "t2expired", "t3expired", "t4", "t5", "t6", "t7"}; !slices.Equal(status, want) {
			t.Errorf("%v instead of %v", status, want)
		}
	}
}
