package truefoundry_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// selection is a case of a data source of many: its filters, and the names that it shows, in its order.
type selection struct {
	filters args
	want    []string
}

// selects reads all cases of a data source in one process.
func (p *plane) selects(source, attribute string, cases map[string]selection) {
	p.t.Helper()
	e := p.engine(patType)
	for name, c := range cases {
		read, diagnostics := e.ReadDataSource(source, c.filters)
		e.NoError(diagnostics)
		if got := names(p.t, read[attribute]); !slices.Equal(got, c.want) || read.IsNull(attribute) {
			p.t.Errorf("%s: %q are shown instead of %q", name, got, c.want)
		}
	}
}

// names are those of a list of objects.
func names(t *testing.T, list tftypes.Value) []string {
	t.Helper()
	var all []string
	var rows []tftypes.Value
	if err := list.As(&rows); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		var fields protocoltest.Attributes
		if err := row.As((*map[string]tftypes.Value)(&fields)); err != nil {
			t.Fatal(err)
		}
		all = append(all, fields.Text("name"))
	}
	return all
}

// filtering are control planes that filter, and that ignore the filters which are sent to them: both mean the same.
func filtering() map[string]func(*fake.Switches) {
	return map[string]func(*fake.Switches){"newer": func(*fake.Switches) {}, "older": func(w *fake.Switches) { w.OldFilters = true }}
}

func TestPersonalAccessToken_dataSourceFilters(t *testing.T) {
	t.Parallel()
	switched(t, filtering(), func(p *plane, _ string) {
		at := func(days int) *time.Time { t := p.now().AddDate(0, 0, days); return &t }
		ids := map[string]string{}
		for _, pat := range []fake.PersonalAccessToken{
			{Name: "seen-b", Expiration: at(1), LastAccessed: at(-1)},
			{Name: "seen-a", Created: *at(-400)},
			{Name: "seen-old", Created: *at(-400), Expiration: at(-1), LastAccessed: at(-200)},
		} {
			added, err := p.AddPersonalAccessToken(pat)
			if err != nil {
				p.t.Fatal(err)
			}
			ids[pat.Name] = added.ID
		}
		seen := func(more args) args { return with(args{"name_contains": "seen"}, more) }
		p.selects(patType+"s", "tokens", map[string]selection{
			"all":      {seen(nil), []string{"seen-a", "seen-b", "seen-old"}},
			"none":     {args{"name_contains": "nowhere"}, nil},
			"ending":   {seen(args{"expires_within": "48h"}), []string{"seen-b", "seen-old"}},
			"endless":  {seen(args{"never_expires": true}), []string{"seen-a"}},
			"idle":     {seen(args{"unused_for": "2160h"}), []string{"seen-a", "seen-old"}},
			"unused":   {seen(args{"never_used": true}), []string{"seen-a"}},
			"not both": {seen(args{"never_used": true, "never_expires": false}), nil},
			"prefixed": {args{"name_prefix": "seen-"}, []string{"seen-a", "seen-b", "seen-old"}},
			"both":     {seen(args{"name_prefix": "een-"}), nil},
			"excepted": {seen(args{"except_ids": []any{ids["seen-a"], nil}}), []string{"seen-b", "seen-old"}},
			"leftover": {args{"name_prefix": "seen-", "except_ids": []any{ids["seen-a"], ids["seen-old"]}}, []string{"seen-b"}},
		})
		p.neverCreatedByReading()
	})
}

func TestVirtualAccount_dataSourceFilters(t *testing.T) {
	t.Parallel()
	switched(t, filtering(), func(p *plane, _ string) {
		day := func(days int) string { return p.now().UTC().AddDate(0, 0, days).Format(time.DateOnly) }
		team := func(name string) map[string]any { return map[string]any{"team": name} }
		ids := map[string]string{}
		for _, manifest := range []fake.Manifest{
			{"name": "b-loader", "ownedBy": team("blue"), "expiration_date": day(2)},
			{"name": "a-loader", "ownedBy": team("red")},
			{"name": "old-loader", "expiration_date": day(-2)},
		} {
			added, err := p.AddVirtualAccount(fake.VirtualAccount{Manifest: manifest, Created: p.now().AddDate(-1, 0, 0)})
			if err != nil {
				p.t.Fatal(err)
			}
			ids[fmt.Sprint(manifest["name"])] = added.ID
		}
		teams := func(names ...any) args { return args{"owned_by_teams": names} }
		p.selects(vaType+"s", "virtual_accounts", map[string]selection{
			"all":     {args{}, []string{"a-loader", "b-loader", "old-loader"}},
			"named":   {args{"name_contains": "old"}, []string{"old-loader"}},
			"teams":   {teams("red", "blue"), []string{"a-loader", "b-loader"}},
			"nobody":  {teams("green"), nil},
			"expired": {args{"expired": true}, []string{"old-loader"}},
			"valid":   {args{"expired": false}, []string{"a-loader", "b-loader"}},
			"ending":  {args{"expires_within": "96h", "expired": false}, []string{"b-loader"}},
			"endless": {args{"never_expires": true}, []string{"a-loader"}},

			"prefixed": {args{"name_prefix": "a-"}, []string{"a-loader"}},
			"excepted": {args{"except_ids": []any{ids["a-loader"], nil}}, []string{"b-loader", "old-loader"}},
			"leftover": {args{"name_prefix": "b-", "except_ids": []any{ids["b-loader"]}}, nil},
		})
		e := p.engine(vaType)
		one, diagnostics := e.ReadDataSource(vaType, args{"name": "b-loader"})
		e.NoError(diagnostics)
		var owner protocoltest.Attributes
		if err := one["owned_by"].As((*map[string]tftypes.Value)(&owner)); err != nil {
			p.t.Fatal(err)
		}
		if owner.Text("team") != "blue" || one.Text("expiration_date") != day(2) || one.Text("status") != "active" {
			p.t.Errorf("shown are %s", one)
		}
		_, diagnostics = e.ReadDataSource(vaType, args{"name": "nobody"})
		saysOf(p.t, diagnostics, "name", "No such TrueFoundry virtual account")
		p.neverCreatedByReading()
	})
}

// TestPersonalAccessToken_dataSourceLeftovers lists exactly what no state holds: a token whose creation was cut off. Check characters tell
// it from what somebody else has named alike.
func TestPersonalAccessToken_dataSourceLeftovers(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	token := p.subject(patType)
	token.Does("create", overlapping("1"))
	lost := token.text("id")
	// The process has died before there was a state.
	token.Object = nil
	token.Does("create", overlapping("1"))
	token.Does("rotate", overlapping("2"))
	theirs, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "ci-by-hand"})
	if err != nil {
		t.Fatal(err)
	}
	shows := func(what string, want map[string]bool) {
		t.Helper()
		shown, diagnostics := p.engine(patType).ReadDataSource(patType+"s", args{
			"name_prefix": "ci-", "except_ids": []any{token.text("id"), token.text("previous_id"), nil},
		})
		var rows []tftypes.Value
		if err := shown["tokens"].As(&rows); err != nil || len(diagnostics) > 0 {
			t.Fatal(err, diagnostics)
		}
		got := map[string]bool{}
		for _, row := range rows {
			var fields protocoltest.Attributes
			if err := row.As((*map[string]tftypes.Value)(&fields)); err != nil {
				t.Fatal(err)
			}
			got[fields.Text("id")] = fields["minted_by_provider"].Equal(tftypes.NewValue(tftypes.Bool, true))
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v are shown instead of %v", what, got, want)
		}
	}
	shows("cut off", map[string]bool{lost: true, theirs.ID: false})
	one, diagnostics := p.engine(patType).ReadDataSource(patType, args{"id": lost})
	if len(diagnostics) > 0 || !one["minted_by_provider"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
		t.Errorf("%v is shown, and it says %s", one, diagnostics)
	}
	for _, id := range []string{lost, theirs.ID} {
		if err := p.DeletePersonalAccessToken(id); err != nil {
			t.Fatal(err)
		}
	}
	shows("nothing left", map[string]bool{})
	token.end()
}

// TestPersonalAccessToken_dataSourceLooksUp finds one token by its id or name, and says why it finds none.
func TestPersonalAccessToken_dataSourceLooksUp(t *testing.T) {
	t.Parallel()
	p := emulate(t, func(w *fake.Switches) { w.PATList = "made" })
	if _, err := p.AddUser(fake.User{Email: "robot@example.com"}); err != nil {
		t.Fatal(err)
	}
	user, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "twice"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.AddPersonalAccessToken(fake.PersonalAccessToken{Name: "twice", Owner: "robot@example.com", CreatedBy: user.CreatedBy}); err != nil {
		t.Fatal(err)
	}
	e := p.engine(patType)
	one, diagnostics := e.ReadDataSource(patType, args{"id": user.ID})
	e.NoError(diagnostics)
	if one.Text("name") != "twice" || ownerOf(t, one).Text("id") != p.Bootstrap().UserID {
		t.Errorf("shown is %s", one)
	}
	for message, config := range map[string]args{
		`has the id "nothing"`:                                      {"id": "nothing"},
		"No such TrueFoundry personal access token":                 {"name": "nothing"},
		"Several TrueFoundry personal access tokens have this name": {"name": "twice"},
	} {
		_, diagnostics := e.ReadDataSource(patType, config)
		for attribute := range config {
			saysOf(t, diagnostics, attribute, message)
		}
	}
	p.neverCreatedByReading()
}

// saysOf fails the test unless there is one error, which says this of an attribute.
func saysOf(t *testing.T, diagnostics protocoltest.Diagnostics, attribute, text string) {
	t.Helper()
	failed := diagnostics.Errors()
	if contains(t, failed, text); len(failed) != 1 || failed[0].Attribute.String() != fmt.Sprintf("AttributeName(%q)", attribute) {
		t.Errorf("%d errors, or of another attribute than %s: %v", len(failed), attribute, failed)
	}
}
