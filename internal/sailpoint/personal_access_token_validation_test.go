package sailpoint_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// refusedPlan expects that a configuration is refused before anything is sent but a login, with one message that points at
// the attribute.
func refusedPlan(t *testing.T, options []sandboxtest.BlockOption, lines []string, attribute, message string) {
	t.Helper()
	s := emulate(t)
	// Terraform quotes the line of the attribute that a message is about.
	s.failsOnce(resource.TestStep{Config: s.configOf(options, token(lines...)), PlanOnly: true, ExpectNonEmptyPlan: true}, message, attribute)
	if got := s.asked(); got.lists+got.posts+got.patches+got.deletes != 0 {
		t.Errorf("the tenant was asked %+v", got)
	}
}

func TestAccSailPointPersonalAccessToken_invalid(t *testing.T) {
	const ci = `name = "ci"`
	for name, c := range map[string]struct {
		lines              []string
		attribute, message string
	}{
		"name and name_prefix":      {[]string{ci, `name_prefix = "ci-"`, scoped, `lifetime = "1h"`}, "name", `attributes specified when one (and only one) of`},
		"neither name":              {[]string{scoped, `lifetime = "1h"`}, "name_prefix", `No attribute specified when one (and only one) of`},
		"empty name":                {[]string{`name = ""`, scoped, `lifetime = "1h"`}, "name", `string length must be at least 1`},
		"empty name_prefix":         {[]string{`name_prefix = ""`, scoped, `lifetime = "1h"`}, "name_prefix", `string length must be at least 1`},
		"lifetime of zero":          {[]string{ci, scoped, `lifetime = "0s"`}, "lifetime", `must be a duration longer than zero`},
		"negative lifetime":         {[]string{ci, scoped, `lifetime = "-1h"`}, "lifetime", `must be a duration longer than zero`},
		"lifetime that is none":     {[]string{ci, scoped, `lifetime = "abc"`}, "lifetime", `abc`},
		"lifetime in days":          {[]string{ci, scoped, `lifetime = "30d"`}, "lifetime", `30d`},
		"lifetime and expires_at":   {[]string{ci, scoped, `lifetime = "1h"`, `expires_at = "` + ahead(time.Hour) + `"`}, "expires_at", `Attribute "lifetime" cannot be specified when "expires_at" is specified`},
		"never and lifetime":        {[]string{ci, scoped, `lifetime = "1h"`, `never_expires = true`}, "never_expires", `A token that never expires has no lifetime`},
		"never and expires_at":      {[]string{ci, scoped, `expires_at = "` + ahead(time.Hour) + `"`, `never_expires = true`}, "never_expires", `A token that never expires has no expires_at`},
		"expires_at that is none":   {[]string{ci, scoped, `expires_at = "tomorrow"`}, "expires_at", `tomorrow`},
		"no word about the end":     {[]string{ci, scoped}, "lifetime", `Set one of lifetime (such as "2160h"), expires_at (an RFC 3339 time) or never_expires = true.`},
		"never_expires = false":     {[]string{ci, scoped, `never_expires = false`}, "lifetime", `mints no token without a decision about its expiry`},
		"validity 14":               {[]string{ci, scoped, `lifetime = "1h"`, `access_token_validity_seconds = 14`}, "access_token_validity_seconds", `value must be between 15 and 43200, got: 14`},
		"validity 43201":            {[]string{ci, scoped, `lifetime = "1h"`, `access_token_validity_seconds = 43201`}, "access_token_validity_seconds", `value must be between 15 and 43200, got: 43201`},
		"no scopes":                 {[]string{ci, `scope = []`, `lifetime = "1h"`}, "scope", `set must contain at least 1 elements`},
		"empty scope":               {[]string{ci, `scope = [""]`, `lifetime = "1h"`}, "scope", `string length must be at least 1`},
		"secret":                    {[]string{ci, scoped, `lifetime = "1h"`, `secret = "mine"`}, "secret", `Invalid Configuration for Read-Only Attribute`},
		"triggers of another shape": {[]string{ci, scoped, `lifetime = "1h"`, `rotation_triggers = "1"`}, "rotation_triggers", `map of string required`},
	} {
		t.Run(name, func(t *testing.T) {
			refusedPlan(t, nil, c.lines, c.attribute, c.message)
		})
	}
}

func TestAccSailPointPersonalAccessToken_invalidProvider(t *testing.T) {
	fine := []string{`name = "ci"`, scoped, `lifetime = "1h"`}
	for name, c := range map[string]struct {
		options            []sandboxtest.BlockOption
		lines              []string
		attribute, message string
	}{
		"plain http":             {argument("base_url", `"http://acme.example.com"`), fine, "base_url", `plain http is accepted for loopback addresses only`},
		"userinfo":               {argument("base_url", `"https://user:pass@acme.example.com"`), fine, "base_url", `it must not hold a user name or password`},
		"no URL":                 {argument("base_url", `"acme"`), fine, "base_url", `it must be a full URL`},
		"query":                  {argument("base_url", `"https://acme.example.com?x=1"`), fine, "base_url", `it must not hold a query or a fragment`},
		"empty client_id":        {argument("client_id", `""`), fine, "client_id", `string length must be at least 1`},
		"unknown api_version":    {argument("api_version", `"v4"`), fine, "api_version", `value must be one of`},
		"never_expires on beta":  {argument("api_version", `"beta"`), []string{`name = "ci"`, scoped, `never_expires = true`}, "never_expires", `Tokens that never expire require api_version v1, v2026 or v2025`},
		"never_expires on v2024": {argument("api_version", `"v2024"`), []string{`name = "ci"`, scoped, `never_expires = true`}, "never_expires", `With v2024 a token expires after six months at the latest`},
		"timeout":                {[]sandboxtest.BlockOption{sandboxtest.Top("http", `{ timeout = "0s" }`)}, fine, "timeout", `must be a duration longer than zero`},
		"max_retries":            {[]sandboxtest.BlockOption{sandboxtest.Top("http", `{ max_retries = 21 }`)}, fine, "max_retries", `value must be between 0 and 20`},
		"certificates":           {[]sandboxtest.BlockOption{sandboxtest.Top("http", `{ ca_certificate_pem = "none" }`)}, fine, "ca_certificate_pem", `no certificate in PEM form was found`},
	} {
		t.Run(name, func(t *testing.T) {
			refusedPlan(t, c.options, c.lines, c.attribute, c.message)
		})
	}
}

// TestAccSailPointPersonalAccessToken_invalidChange refuses changes of a token that exists; the token is left alone.
func TestAccSailPointPersonalAccessToken_invalidChange(t *testing.T) {
	for name, c := range map[string]struct {
		version, lines, message string
	}{
		"lifetime has passed":   {"v1", `lifetime = "1h"`, `The token would be expired at once`},
		"expires_at has passed": {"v1", `expires_at = "2020-01-01T00:00:00Z"`, `which has passed`},
		"never on beta":         {"beta", `never_expires = true`, `Tokens that never expire require api_version v1`},
	} {
		t.Run(name, func(t *testing.T) {
			s := emulate(t)
			var first generation
			config := func(line string) string {
				return s.configOf(argument("api_version", `"`+c.version+`"`), token(`name = "ci"`, scoped, line))
			}
			s.test(
				resource.TestStep{Config: config(`lifetime = "720h"`), Check: first.keep},
				resource.TestStep{PreConfig: func() { s.Clock().Advance(2 * time.Hour) }, Config: config(c.lines), ExpectError: says(c.message)},
				resource.TestStep{Config: config(`lifetime = "720h"`), Check: all(first.same, s.works)},
			)
		})
	}
}

// TestAccSailPointPersonalAccessToken_baseURL accepts a trailing slash.
func TestAccSailPointPersonalAccessToken_baseURL(t *testing.T) {
	s := emulate(t)
	s.test(resource.TestStep{
		Config: s.configOf(argument("base_url", `"`+s.base()+`/"`), token(`name = "ci"`, scoped, `lifetime = "1h"`)),
		Check:  all(s.works, s.alive(1)),
	})
}
