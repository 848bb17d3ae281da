package sailpoint_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// refusal is what is said about a configuration of a new token, in the order in which Terraform asks: about the provider block and the
// resource by themselves, and then with the provider that is configured.
func (s *tenant) refusal(config values, more ...values) protocoltest.Diagnostics {
	s.t.Helper()
	process := s.process(more...)
	if said := process.Validate(s.t); said.Failed() {
		return said
	}
	e, said := protocoltest.Configure(s.t, process)
	if said.Failed() {
		return said
	}
	if said := e.Validate(config); said.Failed() {
		return said
	}
	return e.Plan(nil, config).Diagnostics
}

// mustRefuse expects one error that points at an argument, and that nothing was asked but a login.
func (s *tenant) mustRefuse(name string, said protocoltest.Diagnostics, attribute, message string) {
	s.t.Helper()
	failure := s.failed(said)
	if failure == nil || !says(message).MatchString(failure.Summary+" "+failure.Detail) {
		s.t.Errorf("%s: failed with %+v instead of %q", name, failure, message)
		return
	}
	var steps []string
	for _, step := range failure.Attribute.Steps() {
		// Which of its elements is wrong goes without saying.
		if part, isName := step.(tftypes.AttributeName); isName {
			steps = append(steps, string(part))
		}
	}
	if got := strings.Join(steps, "."); got != attribute {
		s.t.Errorf("%s: %q stands at %q instead of %q", name, failure.Summary, got, attribute)
	}
	if got := s.asked(); got.lists+got.posts+got.patches+got.deletes != 0 {
		s.t.Errorf("%s: the tenant was asked %+v", name, got)
	}
}

func TestPersonalAccessToken_invalid(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	base := lasting("1h")
	for name, c := range map[string]struct {
		edit               values
		attribute, message string
	}{
		"name and name_prefix":     {values{"name_prefix": "ci-"}, "name", `2 attributes specified when one (and only one) of`},
		"neither name":             {values{"name": nil}, "name", `No attribute specified when one (and only one) of [name,name_prefix]`},
		"empty name":               {values{"name": ""}, "name", `string length must be at least 1`},
		"empty name_prefix":        {values{"name": nil, "name_prefix": ""}, "name_prefix", `string length must be at least 1`},
		"lifetime of zero":         {values{"lifetime": "0s"}, "lifetime", `must be a duration longer than zero`},
		"negative lifetime":        {values{"lifetime": "-1h"}, "lifetime", `must be a duration longer than zero`},
		"lifetime that is none":    {values{"lifetime": "abc"}, "lifetime", `Invalid duration Attribute lifetime must be a duration such as "90d" or "36h", got "abc". The units are w, d, h, m and s: a week has 7 days, and a day has 24 hours.`},
		"lifetime in years":        {values{"lifetime": "1y"}, "lifetime", `Invalid duration Attribute lifetime must be a duration such as "90d" or "36h", got "1y". The units are w, d, h, m and s: a week has 7 days, and a day has 24 hours.`},
		"lifetime of 10000 years":  {values{"lifetime": "87600000h"}, "lifetime", `Attribute lifetime must not be longer than "106751d", which is about 292 years, got "87600000h".`},
		"lead that is none":        {values{"rotate_before_expiry": "7 d"}, "rotate_before_expiry", `Attribute rotate_before_expiry must be a duration such as "90d" or "36h", got "7 d".`},
		"lifetime and expires_at":  {values{"expires_at": ahead(time.Hour)}, "expires_at", `Attribute "lifetime" cannot be specified when "expires_at" is specified`},
		"never and lifetime":       {values{"never_expires": true}, "never_expires", `A token that never expires has no lifetime`},
		"never and expires_at":     {values{"lifetime": nil, "expires_at": ahead(time.Hour), "never_expires": true}, "never_expires", `A token that never expires has no expires_at`},
		"expires_at that is none":  {values{"lifetime": nil, "expires_at": "tomorrow"}, "expires_at", `Invalid time Attribute expires_at must be an RFC 3339 time with its zone, such as "2030-01-31T00:00:00Z", got "tomorrow".`},
		"expires_at in year 10000": {values{"lifetime": nil, "expires_at": "10000-01-01T00:00:00Z"}, "expires_at", `Attribute expires_at must be a time before the year 10000 in UTC, got "10000-01-01T00:00:00Z".`},
		"year 10000 in UTC":        {values{"lifetime": nil, "expires_at": "9999-12-31T23:59:59-01:00"}, "expires_at", `Attribute expires_at must be a time before the year 10000 in UTC`},
		"no word about the end":    {nullLifetime(), "lifetime", `Set one of lifetime (such as "90d"), expires_at (an RFC 3339 time) or never_expires = true.`},
		"never_expires = false":    {values{"lifetime": nil, "never_expires": false}, "lifetime", `mints no token without a decision about its expiry`},
		"validity 14":              {values{"access_token_validity_seconds": 14}, "access_token_validity_seconds", `value must be between 15 and 43200, got: 14`},
		"validity 43201":           {values{"access_token_validity_seconds": 43201}, "access_token_validity_seconds", `value must be between 15 and 43200, got: 43201`},
		"no scopes":                {values{"scope": []string{}}, "scope", `set must contain at least 1 elements`},
		"empty scope":              {values{"scope": []string{""}}, "scope", `string length must be at least 1`},
		"secret":                   {values{"secret": "mine"}, "secret", `Invalid Configuration for Read-Only Attribute`},
		"nothing is wrong with it": {nil, "", ``},
	} {
		said := s.refusal(base.With(c.edit))
		if c.message == "" {
			// What is refused here is refused for its edit alone.
			if len(said) > 0 {
				t.Errorf("%s: it says %s", name, said)
			}
			// It has looked at the list.
			s.Journal().Reset()
			continue
		}
		s.mustRefuse(name, said, c.attribute, c.message)
	}
}

func TestPersonalAccessToken_invalidProvider(t *testing.T) {
	t.Parallel()
	never := values{"lifetime": nil, "never_expires": true}
	for name, c := range map[string]struct {
		block, http, edit  values
		attribute, message string
	}{
		"never_expires on beta":  {versioned("beta"), nil, never, "never_expires", `Tokens that never expire require api_version v1, v2026 or v2025`},
		"never_expires on v2024": {versioned("v2024"), nil, never, "never_expires", `With v2024 a token expires after six months at the latest`},
		"timeout in minutes":     {nil, values{"timeout": "1min"}, nil, "http.timeout", `Attribute http.timeout must be a duration such as "90d" or "36h", got "1min".`},
		"timeout":                {nil, values{"timeout": "0s"}, nil, "http.timeout", `must be a duration longer than zero`},
		"max_retries":            {nil, values{"max_retries": 21}, nil, "http.max_retries", `value must be between 0 and 20`},
		"certificates":           {nil, values{"ca_certificate_pem": "none"}, nil, "http.ca_certificate_pem", `no certificate in PEM form was found`},
	} {
		s := emulate(t)
		s.http = c.http
		s.mustRefuse(name, s.refusal(lasting("1h").With(c.edit), c.block), c.attribute, c.message)
	}
}

// TestPersonalAccessToken_unusableProvider: what cannot be used in the provider's block is one error of the objects that need it.
func TestPersonalAccessToken_unusableProvider(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		block   values
		message string
	}{
		"plain http":          {values{"base_url": "http://acme.example.com"}, `The argument sailpoint.base_url cannot be used: plain http is accepted for loopback addresses only`},
		"userinfo":            {values{"base_url": "https://user:pass@acme.example.com"}, `it must not hold a user name or password`},
		"no URL":              {values{"base_url": "acme"}, `it must be a full URL`},
		"query":               {values{"base_url": "https://acme.example.com?x=1"}, `it must not hold a query or a fragment`},
		"empty client_id":     {values{"client_id": ""}, `The argument sailpoint.client_id is empty`},
		"unknown api_version": {versioned("v4"), `The argument sailpoint.api_version cannot be used: it must be one of`},
	} {
		s := emulate(t)
		if said := s.process(c.block).Validate(t); len(said) > 0 {
			t.Errorf("%s: the block alone says %s", name, said)
		}
		e := s.engine(c.block)
		failure := s.failed(e.Plan(nil, lasting("1h")).Diagnostics)
		if failure == nil || !strings.Contains(failure.Detail, c.message) || strings.Contains(failure.Detail, "pass@") {
			t.Errorf("%s: failed with %+v", name, failure)
		}
	}
}

// TestAccSailPointPersonalAccessToken_invalid shows a refusal as Terraform does, once, with the place that it is about: where types do not
// fit, and what the provider says about a resource, about its own block, and about a data source.
func TestAccSailPointPersonalAccessToken_invalid(t *testing.T) {
	s := emulate(t)
	fine := token(`name = "ci"`, scoped, `lifetime = "1h"`)
	cases := []struct{ config, place, message string }{
		{s.config(token(`name = "ci"`, scoped, `lifetime = "1h"`, `rotation_triggers = "1"`)), `rotation_triggers = "1"`, `map of string required`},
		{s.config(token(`name = "ci"`, scoped, `lifetime = "0s"`)), `lifetime = "0s"`, `must be a duration longer than zero`},
		{s.configOf(argument("base_url", `"acme"`), fine), `with mint_sailpoint_personal_access_token.test`, `it must be a full URL`},
		{
			s.config("data \"mint_sailpoint_personal_access_tokens\" \"test\" {\n  unused_for = \"1h\"\n  never_used = true\n}\n"),
			`unused_for = "1h"`, `Attribute "never_used" cannot be specified when "unused_for" is specified`,
		},
	}
	var steps []resource.TestStep
	for _, c := range cases {
		steps = append(steps, resource.TestStep{Config: c.config, PlanOnly: true, ExpectNonEmptyPlan: true})
	}
	failures := 0
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: s.factories(), Steps: steps,
		ErrorCheck: func(err error) error {
			if failures++; failures > len(cases) {
				return fmt.Errorf("one error too many: %w", err)
			}
			return once(err, cases[failures-1].place, cases[failures-1].message)
		},
	})
	if failures != len(cases) {
		t.Errorf("%d plans failed instead of %d", failures, len(cases))
	}
	if got := s.requests("", ""); got != 0 {
		t.Errorf("%d requests were sent", got)
	}
}

// TestPersonalAccessToken_neverOnOlderContract refuses to let a token last that exists; it is left alone.
func TestPersonalAccessToken_neverOnOlderContract(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	made := s.made(lasting("720h"), versioned("beta"))
	s.Clock().Advance(2 * time.Hour)
	w := s.workspace(made, versioned("beta"))
	run := w.Run(lasting("720h").With(values{"lifetime": nil, "never_expires": true}))
	failure := s.failed(run.Diagnostics)
	if run.Failed != "plan" || failure == nil || !says(`Tokens that never expire require api_version v1`).MatchString(failure.Detail) {
		t.Fatalf("the %s failed with %+v", run.Failed, failure)
	}
	s.pointsAt(failure, "never_expires")
	s.plansNothing(w.Object, lasting("720h"), versioned("beta"))
	s.only(made.Text("id"))
	s.mustWork(w.Object.Text("id"), w.Object.Text("secret"))
}

// TestPersonalAccessToken_baseURL accepts a trailing slash.
func TestPersonalAccessToken_baseURL(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	slashed := values{"base_url": s.base() + "/"}
	if said := s.refusal(lasting("1h"), slashed); len(said) > 0 {
		t.Error(said)
	}
	made := s.made(lasting("1h"), slashed)
	s.only(made.Text("id"))
	s.mustWork(made.Text("id"), made.Text("secret"))
}
