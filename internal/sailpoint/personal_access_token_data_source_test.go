package sailpoint_test

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// lookupType is the data source of one token; dataSourceType is the one of many.
const lookupType = "mint_sailpoint_personal_access_token"

// household fills a tenant with tokens that differ in what the filters look at.
func (s *tenant) household() map[string]fake.Token {
	s.t.Helper()
	other, err := s.SailPoint.AddUser(fake.User{Name: "other"})
	if err != nil {
		s.t.Fatal(err)
	}
	now := s.Clock().Now()
	ago := func(d time.Duration) *time.Time { at := now.Add(-d); return &at }
	day := 24 * time.Hour
	seeded := map[string]fake.Token{}
	for name, edit := range map[string]func(*fake.Token){
		"used-long-ago": func(k *fake.Token) { k.Created, k.LastUsed = *ago(400 * day), ago(200*day) },
		"used-lately":   func(k *fake.Token) { k.Created, k.LastUsed = *ago(400 * day), ago(2*day) },
		"never-used":    func(k *fake.Token) { k.Created = *ago(400 * day) },
		"never-used-new": func(k *fake.Token) {
			k.Created, k.Scope = *ago(day), []string{"sp:scopes:default", "sp:my-personal-access-tokens:read"}
		},
		"expiring": func(k *fake.Token) { k.LastUsed, k.Expiration = ago(0), ago(-3*day) },
		"expired":  func(k *fake.Token) { k.Created, k.LastUsed, k.Expiration = *ago(30 * day), ago(3*day), ago(day) },
		"lasting":  func(k *fake.Token) { k.LastUsed, k.Expiration = ago(0), ago(-300*day) },
		"platform": func(k *fake.Token) { k.LastUsed, k.Managed = ago(0), true },
		"foreign":  func(k *fake.Token) { k.Owner, k.LastUsed = other.IdentityID, ago(0) },
	} {
		seeded[name] = s.seed(name, edit)
	}
	return seeded
}

// TestAccSailPointPersonalAccessTokenDataSource reads both data sources in a configuration that goes on with what they show.
func TestAccSailPointPersonalAccessTokenDataSource(t *testing.T) {
	s := emulate(t)
	expiring := s.household()["expiring"]
	config := `data "mint_sailpoint_personal_access_tokens" "many" {
  expires_within = "168h"
}
data "mint_sailpoint_personal_access_token" "one" {
  id = one([for t in data.mint_sailpoint_personal_access_tokens.many.tokens : t.id if t.status == "active" && !t.managed])
}
output "one" {
  value = "${data.mint_sailpoint_personal_access_token.one.name} of ${data.mint_sailpoint_personal_access_token.one.owner.name}"
}
output "many" {
  value = join(" ", data.mint_sailpoint_personal_access_tokens.many.tokens[*].name)
}
`
	one := "data.mint_sailpoint_personal_access_token.one"
	s.test(resource.TestStep{
		Config: s.config(config),
		Check: all(
			resource.TestCheckResourceAttr(one, "id", expiring.ID), resource.TestCheckResourceAttr(one, "access_token_validity_seconds", "43200"),
			resource.TestCheckResourceAttr(one, "managed", "false"), resource.TestCheckNoResourceAttr(one, "secret"),
			resource.TestCheckOutput("one", "expiring of mint.bootstrap"), resource.TestCheckOutput("many", "expired expiring"),
		),
	})
}

// TestPersonalAccessTokenDataSource shows a token by its id or its name, or says that there is none.
func TestPersonalAccessTokenDataSource(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	seeded := s.household()
	expiring, other := seeded["expiring"], seeded["foreign"].Owner
	e := s.engine()
	for name, c := range map[string]struct {
		key, shows values
		owner      string
	}{
		"by name": {values{"name": "expiring"}, values{
			"id": expiring.ID, "status": "active", "managed": false, "access_token_validity_seconds": 43200,
			"expires_at": expiring.Expiration.Truncate(time.Millisecond).Format(time.RFC3339Nano),
		}, "mint.bootstrap"},
		"by id":   {values{"id": expiring.ID}, values{"name": "expiring"}, "mint.bootstrap"},
		"expired": {values{"name": "expired"}, values{"status": "expired"}, "mint.bootstrap"},
		"never":   {values{"name": "never-used"}, values{"expires_at": nil, "last_used_at": nil}, "mint.bootstrap"},
		"foreign": {values{"name": "foreign", "owner_id": other}, values{"name": "foreign"}, "other"},
	} {
		if said := e.ValidateDataSource(lookupType, c.key); len(said) > 0 {
			t.Errorf("%s: %s", name, said)
		}
		shown, said := e.ReadDataSource(lookupType, c.key)
		if len(said) > 0 {
			t.Errorf("%s: %s", name, said)
		}
		for attribute, want := range c.shows {
			if got := shown[attribute]; !got.Equal(tftypes.NewValue(got.Type(), want)) {
				t.Errorf("%s: %s is %s instead of %v", name, attribute, got, want)
			}
		}
		var owner map[string]tftypes.Value
		if err := shown["owner"].As(&owner); err != nil || protocoltest.Attributes(owner).Text("name") != c.owner {
			t.Errorf("%s: the owner is %s, %v", name, shown["owner"], err)
		}
		if _, there := shown["secret"]; there {
			t.Errorf("%s: there is a secret", name)
		}
	}
	for message, key := range map[string]values{
		`has the name "foreign". Check the name, or set owner_id`: {"name": "foreign"},
		`has the id "nothing". Check the id, or set owner_id`:     {"id": "nothing"},
	} {
		_, said := e.ReadDataSource(lookupType, key)
		if failure := s.failed(said); failure == nil || failure.Summary != "No such SailPoint personal access token" || !says(message).MatchString(failure.Detail) {
			t.Errorf("failed with %+v instead of %q", failure, message)
		}
	}
}

// rows are the tokens that the data source of many shows, in its order.
func (s *tenant) rows(e *protocoltest.Engine, filter values) ([]protocoltest.Attributes, protocoltest.Diagnostics) {
	s.t.Helper()
	if said := e.ValidateDataSource(dataSourceType, filter); len(said) > 0 {
		s.t.Errorf("%v: %s", filter, said)
	}
	shown, said := e.ReadDataSource(dataSourceType, filter)
	if said.Failed() {
		return nil, said
	}
	return s.tokensOf(shown), said
}

// tokensOf are the elements of the attribute tokens.
func (s *tenant) tokensOf(shown protocoltest.Attributes) []protocoltest.Attributes {
	s.t.Helper()
	var tokens []tftypes.Value
	if err := shown["tokens"].As(&tokens); err != nil {
		s.t.Fatal(err)
	}
	rows := make([]protocoltest.Attributes, len(tokens))
	for i, token := range tokens {
		if err := token.As((*map[string]tftypes.Value)(&rows[i])); err != nil {
			s.t.Fatal(err)
		}
	}
	return rows
}

// listed are their names.
func (s *tenant) listed(e *protocoltest.Engine, filter values) ([]string, protocoltest.Diagnostics) {
	s.t.Helper()
	rows, said := s.rows(e, filter)
	var names []string
	for _, row := range rows {
		names = append(names, row.Text("name"))
	}
	return names, said
}

// TestPersonalAccessTokensDataSource_leftovers lists exactly what no state holds: a token whose creation was cut off, and, as long as
// that is pending, one that is still to be revoked. Check characters tell them from what somebody else has named alike.
func TestPersonalAccessTokensDataSource_leftovers(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	lost := s.made(overlapping()).Text("id")
	theirs := s.seed("ci-by-hand").ID
	s.seed("other-ci-")
	first := s.made(overlapping())
	// The older token of the second rotation cannot be revoked.
	second := s.rotatedInPlace(first, overlapping(triggered("2")))
	s.fault("DELETE", itemRoute, "status:403", 1)
	e := s.engine()
	third, said := e.TryChange(second, overlapping(triggered("3")))
	if failure := s.failed(said); failure == nil {
		t.Fatal("nothing is pending")
	}
	filter := func() values {
		return values{"name_prefix": "ci-", "except_ids": []any{third.Text("id"), nil, third.Text("previous_id")}}
	}
	shows := func(what string, want map[string]bool) {
		t.Helper()
		rows, said := s.rows(s.engine(), filter())
		got := map[string]bool{}
		for _, row := range rows {
			got[row.Text("id")] = row["minted_by_provider"].Equal(tftypes.NewValue(tftypes.Bool, true))
		}
		if len(said) > 0 || !maps.Equal(got, want) {
			t.Errorf("%s: %v are shown instead of %v, and it says %s", what, got, want, said)
		}
	}
	shows("pending", map[string]bool{lost: true, theirs: false, first.Text("id"): true})
	third = s.rotatedInPlace(third, overlapping(triggered("4")))
	shows("nothing pending", map[string]bool{lost: true, theirs: false})
	one, said := s.engine().ReadDataSource(lookupType, values{"id": lost})
	if said.Failed() || !one["minted_by_provider"].Equal(tftypes.NewValue(tftypes.Bool, true)) {
		t.Errorf("%v is shown, and it says %s", one, said)
	}
	s.remove(lost)
	s.remove(theirs)
	shows("nothing left", map[string]bool{})
	s.engine().Destroy(third)
	s.only()
}

func TestPersonalAccessTokensDataSource_filters(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	seeded := s.household()
	other := seeded["foreign"].Owner
	everything := []string{"bootstrap", "expired", "expiring", "lasting", "never-used", "never-used-new", "platform", "used-lately", "used-long-ago"}
	without := func(left ...string) []string {
		return slices.DeleteFunc(slices.Clone(everything), func(name string) bool { return slices.Contains(left, name) })
	}
	e := s.engine()
	for _, c := range []struct {
		filter values
		want   []string
	}{
		{nil, everything},
		{values{"unused_for": "2160h"}, []string{"never-used", "used-long-ago"}},
		{values{"unused_for": "12h"}, []string{"expired", "never-used", "never-used-new", "used-lately", "used-long-ago"}},
		{values{"never_used": true}, []string{"never-used", "never-used-new"}},
		{values{"never_used": false}, without("never-used", "never-used-new")},
		{values{"expires_within": "168h"}, []string{"expired", "expiring"}},
		{values{"never_expires": true}, without("expired", "expiring", "lasting")},
		{values{"never_expires": false}, []string{"expired", "expiring", "lasting"}},
		{values{"created_before": ahead(-100 * 24 * time.Hour)}, []string{"never-used", "used-lately", "used-long-ago"}},
		{values{"scope": "sp:my-personal-access-tokens:read"}, []string{"never-used-new"}},
		{values{"managed": true}, []string{"platform"}},
		{values{"managed": false}, without("platform")},
		{values{"all_owners": true, "never_expires": true, "never_used": false}, []string{"bootstrap", "foreign", "platform", "used-lately", "used-long-ago"}},
		{values{"owner_id": other}, []string{"bootstrap", "foreign"}},
		{values{"name_prefix": "used-"}, []string{"used-lately", "used-long-ago"}},
		{values{"except_ids": []any{}}, everything},
		{values{"except_ids": []any{seeded["expired"].ID, nil, seeded["platform"].ID, "nobody's"}}, without("expired", "platform")},
		{values{"name_prefix": "never-", "except_ids": []any{seeded["never-used"].ID}, "never_used": true}, []string{"never-used-new"}},
		{values{"created_before": ahead(-100 * 24 * time.Hour), "never_used": true, "scope": "sp:scopes:all"}, []string{"never-used"}},
	} {
		if got, said := s.listed(e, c.filter); len(said) > 0 || !slices.Equal(got, c.want) {
			t.Errorf("%v: the tokens are %q instead of %q, and it says %s", c.filter, got, c.want, said)
		}
	}
}

// TestPersonalAccessTokensDataSource_requests lets the tenant select by last use.
func TestPersonalAccessTokensDataSource_requests(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	for name, c := range map[string]struct {
		filter  values
		owner   string
		filters []string
	}{
		"none":       {nil, "me", []string{""}},
		"never_used": {values{"never_used": true}, "me", []string{"lastUsed isnull"}},
		"unused_for": {values{"unused_for": "2160h"}, "me", []string{"lastUsed le ", "lastUsed isnull"}},
		"all_owners": {values{"all_owners": true}, "", []string{""}},
	} {
		e := s.engine()
		s.Journal().Reset()
		if _, said := s.listed(e, c.filter); len(said) > 0 {
			t.Errorf("%s: %s", name, said)
		}
		sent := s.Journal().Select(fakeapi.Filter{Method: "GET"})
		if len(sent) != len(c.filters) {
			t.Fatalf("%s: sent %+v", name, sent)
		}
		for i, entry := range sent {
			query, err := url.ParseQuery(entry.Query)
			if err != nil || query.Get("owner-id") != c.owner || query.Has("owner-id") != (c.owner != "") ||
				!strings.HasPrefix(query.Get("filters"), c.filters[i]) || query.Has("filters") != (c.filters[i] != "") {
				t.Errorf("%s: sent the query %q", name, entry.Query)
			}
		}
	}
}

// TestPersonalAccessTokensDataSource_forbidden is about a caller who may see only its own tokens.
func TestPersonalAccessTokensDataSource_forbidden(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	caller, err := s.SailPoint.AddUser(fake.User{Name: "plain"})
	if err != nil {
		t.Fatal(err)
	}
	as := values{"client_id": caller.ClientID, "client_secret": caller.ClientSecret}
	if got, said := s.listed(s.engine(as), nil); len(said) > 0 || !slices.Equal(got, []string{"bootstrap"}) {
		t.Errorf("the tokens are %q, and it says %s", got, said)
	}
	other := s.SailPoint.Bootstrap().IdentityID
	for _, c := range []struct {
		dataSource string
		config     values
	}{
		{dataSourceType, values{"all_owners": true}},
		{dataSourceType, values{"owner_id": other}},
		{lookupType, values{"name": "bootstrap", "owner_id": other}},
	} {
		_, said := s.engine(as).ReadDataSource(c.dataSource, c.config)
		if failure := s.failed(said); failure == nil || !says(`The caller lacks the right idn:all-personal-access-tokens:read`).MatchString(failure.Detail) {
			t.Errorf("%s %v failed with %+v", c.dataSource, c.config, failure)
		}
	}
}

// TestPersonalAccessTokenDataSources_invalid refuses configurations before anything is asked.
func TestPersonalAccessTokenDataSources_invalid(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	e := s.engine()
	for name, c := range map[string]struct {
		dataSource         string
		config             values
		attribute, message string
	}{
		"neither id nor name":           {lookupType, nil, "id", `No attribute specified when one (and only one) of [id,name] is required`},
		"id and name":                   {lookupType, values{"id": "a", "name": "b"}, "id", `2 attributes specified when one (and only one) of [id,name] is required`},
		"owner and all_owners":          {dataSourceType, values{"owner_id": "x", "all_owners": true}, "all_owners", `Attribute "owner_id" cannot be specified when "all_owners" is specified`},
		"unused_for and never_used":     {dataSourceType, values{"unused_for": "1h", "never_used": true}, "unused_for", `cannot be specified when`},
		"empty name_prefix":             {dataSourceType, values{"name_prefix": ""}, "name_prefix", `string length must be at least 1`},
		"unused_for of zero":            {dataSourceType, values{"unused_for": "0s"}, "unused_for", `must be a duration longer than zero`},
		"expires_within, never_expires": {dataSourceType, values{"expires_within": "1h", "never_expires": true}, "never_expires", `cannot be specified when`},
		"created_before":                {dataSourceType, values{"created_before": "yesterday"}, "created_before", `Attribute created_before must be an RFC 3339 time with its zone, such as "2030-01-31T00:00:00Z", got "yesterday".`},
		"expires_within in months":      {dataSourceType, values{"expires_within": "1mo"}, "expires_within", `Attribute expires_within must be a duration such as "90d" or "36h", got "1mo".`},
	} {
		failure := s.failed(e.ValidateDataSource(c.dataSource, c.config))
		if failure == nil || !says(c.message).MatchString(failure.Summary+" "+failure.Detail) {
			t.Errorf("%s: failed with %+v", name, failure)
			continue
		}
		s.pointsAt(failure, c.attribute)
	}
	if got := s.requests("", ""); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}
