package sailpoint_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

const many = "data.mint_sailpoint_personal_access_tokens.test"

// lookUp is the data source of one token, selectTokens the one of many.
func lookUp(lines ...string) string {
	return "data \"mint_sailpoint_personal_access_token\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

func selectTokens(lines ...string) string {
	return "data \"mint_sailpoint_personal_access_tokens\" \"test\" {\n  " + strings.Join(lines, "\n  ") + "\n}\n"
}

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

func TestAccSailPointPersonalAccessTokenDataSource(t *testing.T) {
	s := emulate(t)
	seeded := s.household()
	expiring, other := seeded["expiring"], seeded["foreign"].Owner
	named := func(name string, lines ...string) string {
		return strings.Replace(lookUp(lines...), `"test"`, `"`+name+`"`, 1)
	}
	attribute := func(of, name, value string) resource.TestCheckFunc {
		return resource.TestCheckResourceAttr("data.mint_sailpoint_personal_access_token."+of, name, value)
	}
	none := func(of, name string) resource.TestCheckFunc {
		return resource.TestCheckNoResourceAttr("data.mint_sailpoint_personal_access_token."+of, name)
	}
	s.test(
		resource.TestStep{
			Config: s.config(
				named("by_name", `name = "expiring"`), named("by_id", `id = "`+expiring.ID+`"`), named("expired", `name = "expired"`),
				named("never", `name = "never-used"`), named("foreign", `name = "foreign"`, `owner_id = "`+other+`"`),
			),
			Check: all(
				attribute("by_name", "id", expiring.ID), attribute("by_name", "status", "active"), attribute("by_name", "managed", "false"),
				attribute("by_name", "access_token_validity_seconds", "43200"), attribute("by_name", "owner.name", "mint.bootstrap"), none("by_name", "secret"),
				attribute("by_name", "expires_at", expiring.Expiration.Truncate(time.Millisecond).Format(time.RFC3339Nano)),
				attribute("by_id", "name", "expiring"), attribute("expired", "status", "expired"),
				none("never", "expires_at"), none("never", "last_used_at"), attribute("foreign", "owner.id", other),
			),
		},
		resource.TestStep{Config: s.config(lookUp(`name = "foreign"`)), ExpectError: says(`is none whose name is "foreign". Check the name, or set owner_id`)},
		resource.TestStep{Config: s.config(lookUp(`id = "nothing"`)), ExpectError: says(`No such SailPoint personal access token`)},
		resource.TestStep{Config: s.config(lookUp()), ExpectError: says(`No attribute specified when one (and only one) of [id,name] is required`)},
		resource.TestStep{Config: s.config(lookUp(`id = "a"`, `name = "b"`)), ExpectError: says(`2 attributes specified when one (and only one) of [id,name] is required`)},
		resource.TestStep{Config: s.config()},
	)
}

// names checks which tokens a data source of many shows, in its order.
func names(of string, want ...string) resource.TestCheckFunc {
	return func(state *terraform.State) error {
		attributes := state.RootModule().Resources[of].Primary.Attributes
		got := []string{}
		for i := 0; attributes[fmt.Sprintf("tokens.%d.name", i)] != ""; i++ {
			got = append(got, attributes[fmt.Sprintf("tokens.%d.name", i)])
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("%s: the tokens are %q instead of %q", of, got, want)
		}
		return nil
	}
}

func TestAccSailPointPersonalAccessTokensDataSource_filters(t *testing.T) {
	s := emulate(t)
	other := s.household()["foreign"].Owner
	everything := []string{"bootstrap", "expired", "expiring", "lasting", "never-used", "never-used-new", "platform", "used-lately", "used-long-ago"}
	without := func(left ...string) []string {
		return slices.DeleteFunc(slices.Clone(everything), func(name string) bool { return slices.Contains(left, name) })
	}
	var blocks []string
	var checks []resource.TestCheckFunc
	for i, c := range []struct {
		lines []string
		want  []string
	}{
		{nil, everything},
		{[]string{`unused_for = "2160h"`}, []string{"never-used", "used-long-ago"}},
		{[]string{`unused_for = "12h"`}, []string{"expired", "never-used", "never-used-new", "used-lately", "used-long-ago"}},
		{[]string{`never_used = true`}, []string{"never-used", "never-used-new"}},
		{[]string{`never_used = false`}, without("never-used", "never-used-new")},
		{[]string{`expires_within = "168h"`}, []string{"expired", "expiring"}},
		{[]string{`never_expires = true`}, without("expired", "expiring", "lasting")},
		{[]string{`never_expires = false`}, []string{"expired", "expiring", "lasting"}},
		{[]string{`created_before = "` + ahead(-100*24*time.Hour) + `"`}, []string{"never-used", "used-lately", "used-long-ago"}},
		{[]string{`scope = "sp:my-personal-access-tokens:read"`}, []string{"never-used-new"}},
		{[]string{`managed = true`}, []string{"platform"}},
		{[]string{`managed = false`}, without("platform")},
		{[]string{`all_owners = true`, `never_expires = true`, `never_used = false`}, []string{"bootstrap", "foreign", "platform", "used-lately", "used-long-ago"}},
		{[]string{`owner = "` + other + `"`}, []string{"bootstrap", "foreign"}},
		{[]string{`created_before = "` + ahead(-100*24*time.Hour) + `"`, `never_used = true`, `scope = "sp:scopes:all"`}, []string{"never-used"}},
	} {
		name := fmt.Sprintf("case-%d", i)
		blocks = append(blocks, strings.Replace(selectTokens(c.lines...), `"test"`, `"`+name+`"`, 1))
		checks = append(checks, names(strings.Replace(many, "test", name, 1), c.want...))
	}
	s.test(resource.TestStep{Config: s.config(blocks...), Check: all(checks...)})
}

// TestAccSailPointPersonalAccessTokensDataSource_requests lets the tenant select by last use.
func TestAccSailPointPersonalAccessTokensDataSource_requests(t *testing.T) {
	for name, c := range map[string]struct {
		lines   []string
		owner   string
		filters []string
	}{
		"none":       {nil, "me", []string{""}},
		"never_used": {[]string{`never_used = true`}, "me", []string{"lastUsed isnull"}},
		"unused_for": {[]string{`unused_for = "2160h"`}, "me", []string{"lastUsed le ", "lastUsed isnull"}},
		"all_owners": {[]string{`all_owners = true`}, "", []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			s.test(resource.TestStep{
				PreConfig: s.Journal().Reset, Config: s.config(selectTokens(c.lines...)),
				ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
					sent := s.Journal().Select(fakeapi.Filter{Method: "GET"})
					if len(sent) != len(c.filters) {
						t.Fatalf("the plan sent %+v", sent)
					}
					for i, entry := range sent {
						query, err := url.ParseQuery(entry.Query)
						if err != nil || query.Get("owner-id") != c.owner || query.Has("owner-id") != (c.owner != "") ||
							!strings.HasPrefix(query.Get("filters"), c.filters[i]) || query.Has("filters") != (c.filters[i] != "") {
							t.Errorf("the plan sent the query %q", entry.Query)
						}
					}
				}),
			})
		})
	}
}

// TestAccSailPointPersonalAccessTokensDataSource_forbidden is about a caller who may see only its own tokens.
func TestAccSailPointPersonalAccessTokensDataSource_forbidden(t *testing.T) {
	s := emulate(t)
	caller, err := s.SailPoint.AddUser(fake.User{Name: "plain"})
	if err != nil {
		t.Fatal(err)
	}
	as := []sandboxtest.BlockOption{argument("client_id", `"`+caller.ClientID+`"`)[0], argument("client_secret", `"`+caller.ClientSecret+`"`)[0]}
	refused := says(`The caller lacks the right idn:all-personal-access-tokens:read`)
	s.test(
		resource.TestStep{Config: s.configOf(as, selectTokens()), Check: names(many, "bootstrap")},
		resource.TestStep{Config: s.configOf(as, selectTokens(`all_owners = true`)), ExpectError: refused},
		resource.TestStep{Config: s.configOf(as, selectTokens(`owner = "`+s.SailPoint.Bootstrap().IdentityID+`"`)), ExpectError: refused},
		resource.TestStep{Config: s.configOf(as, lookUp(`name = "bootstrap"`, `owner_id = "`+s.SailPoint.Bootstrap().IdentityID+`"`)), ExpectError: refused},
	)
}

func TestAccSailPointPersonalAccessTokensDataSource_invalid(t *testing.T) {
	for name, c := range map[string]struct {
		lines   []string
		message string
	}{
		"owner and all_owners":          {[]string{`owner = "x"`, `all_owners = true`}, `Attribute "owner" cannot be specified when "all_owners" is specified`},
		"unused_for and never_used":     {[]string{`unused_for = "1h"`, `never_used = true`}, `cannot be specified when`},
		"unused_for of zero":            {[]string{`unused_for = "0s"`}, `must be a duration longer than zero`},
		"expires_within, never_expires": {[]string{`expires_within = "1h"`, `never_expires = true`}, `cannot be specified when`},
		"created_before":                {[]string{`created_before = "yesterday"`}, `yesterday`},
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			s.test(resource.TestStep{Config: s.config(selectTokens(c.lines...)), PlanOnly: true, ExpectError: says(c.message)})
		})
	}
}
