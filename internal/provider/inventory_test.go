package provider_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestInventory_rows: all systems have one shape and one order.
func TestInventory_rows(t *testing.T) {
	t.Parallel()
	e := archives(t, at("beta", "alpha"),
		archive{"beta", []shelf{
			{kind: "key", facts: []rotation.Facts{{ID: "b4", Name: "z"}, {ID: "b3", Name: "a"}}},
			{kind: "account", facts: []rotation.Facts{{ID: "b2", Name: "same"}, {ID: "b1", Name: "same"}}},
		}},
		archive{"alpha", []shelf{{kind: "key", isVague: true, facts: []rotation.Facts{
			{ID: "a2", Description: "nightly", Owner: "ann", CreatedAt: in(-10), ExpiresAt: in(-1), Status: rotation.StatusActive, Platform: true},
			{ID: "a1"},
		}}}})
	if said := shows(t, e, nil, "a1", "a2", "b1", "b2", "b3", "b4"); len(said) > 0 {
		t.Errorf("it says %s", said)
	}
	rows, _ := inventoried(t, e, nil)
	for i, want := range []protocoltest.Values{
		{"system": "alpha", "kind": "key", "id": "a1"},
		{"system": "alpha", "kind": "key", "id": "a2", "name": "nightly", "owner": "ann", "created_at": "2040-01-21T12:00:00Z", "expires_at": "2040-01-30T12:00:00Z", "status": "expired"},
		{"system": "beta", "kind": "account", "id": "b1", "name": "same"},
	} {
		for name, value := range rows[i] {
			if name == "ephemeral" {
				// It is never null.
				continue
			}
			if value.IsNull() != (want[name] == nil) || want[name] != nil && rows[i].Text(name) != want[name] {
				t.Errorf("%s: %s is %s instead of %v", rows[i].Text("id"), name, value, want[name])
			}
		}
	}
}

// TestInventory_filters: they mean what they mean everywhere, by the server's time. Where a system may not record the last use, nothing is
// said of a token that has none.
func TestInventory_filters(t *testing.T) {
	t.Parallel()
	e := archives(t, at("alpha", "beta"),
		archive{"alpha", []shelf{{kind: "key", facts: []rotation.Facts{
			{ID: "used", Name: "ci-used", CreatedAt: in(-100), ExpiresAt: in(100), LastUsedAt: in(-1)},
			{ID: "idle", Name: "ci-idle", CreatedAt: in(-100), ExpiresAt: in(6), LastUsedAt: in(-91)},
			{ID: "never", Name: "never", CreatedAt: in(-100), ExpiresAt: in(-1)},
			{ID: "young", Name: "young", CreatedAt: in(-1)},
		}}}},
		archive{"beta", []shelf{{kind: "key", isVague: true, facts: []rotation.Facts{
			{ID: "told", Description: "ci-told", CreatedAt: in(-100), ExpiresAt: in(6), LastUsedAt: in(-91)},
			{ID: "vague", Description: "vague", CreatedAt: in(-100)},
		}}}})
	for name, c := range map[string]struct {
		config values
		want   []string
	}{
		"none":            {nil, []string{"idle", "used", "never", "young", "told", "vague"}},
		"except_ids":      {values{"except_ids": []string{"used", "vague", "no such"}}, []string{"idle", "never", "young", "told"}},
		"name_prefix":     {values{"name_prefix": "ci-"}, []string{"idle", "used", "told"}},
		"expires_within":  {values{"expires_within": "7d"}, []string{"idle", "never", "told"}},
		"never_expires":   {values{"never_expires": true}, []string{"young", "vague"}},
		"expires":         {values{"never_expires": false}, []string{"idle", "used", "never", "told"}},
		"created_before":  {values{"created_before": "2040-01-01T00:00:00Z"}, []string{"idle", "used", "never", "told", "vague"}},
		"unused_for":      {values{"unused_for": "90d"}, []string{"idle", "never", "told"}},
		"never_used":      {values{"never_used": true}, []string{"never", "young"}},
		"used":            {values{"never_used": false}, []string{"idle", "used", "told"}},
		"systems":         {values{"systems": []string{"beta"}}, []string{"told", "vague"}},
		"several at once": {values{"systems": []string{"alpha"}, "unused_for": "90d", "expires_within": "7d", "name_prefix": "ci-"}, []string{"idle"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if said := shows(t, e, c.config, c.want...); len(said) > 0 {
				t.Errorf("it says %s", said)
			}
		})
	}
	for name, config := range map[string]values{
		"one of": {"systems": []string{"gamma"}}, "at least 1": {"systems": []string{}}, "length": {"magpie_service_accounts": []string{""}},
	} {
		if said := e.ValidateDataSource(inventoryType, config); !said.Failed() || !strings.Contains(said.String(), name) {
			t.Errorf("%v: %s", config, said)
		}
	}
}

// TestInventory_accounts: the accounts that only the configuration knows are handed on, in order.
func TestInventory_accounts(t *testing.T) {
	t.Parallel()
	var asked []string
	e := archives(t, at("alpha"), archive{"alpha", []shelf{{kind: "key", accounts: &asked}}})
	shows(t, e, values{"magpie_service_accounts": []string{"loader", "billing"}})
	if !slices.Equal(asked, []string{"billing", "loader"}) {
		t.Errorf("asked for are %q", asked)
	}
}

// TestInventory_failures: what fails is a warning that names it, once for each reason, and the rest is listed. Strict makes an error of what is
// missing, and of nothing else.
func TestInventory_failures(t *testing.T) {
	t.Parallel()
	down, denied := errors.New("the server is down"), errors.New("permission denied")
	e := archives(t, at("alpha", "beta", "gamma"),
		archive{"alpha", []shelf{{kind: "key", err: down}, {kind: "account", err: down}, {kind: "other", err: denied}}},
		archive{"beta", []shelf{{kind: "key", facts: []rotation.Facts{{ID: "b1"}}, err: down}}},
		archive{"gamma", []shelf{{kind: "key", facts: []rotation.Facts{{ID: "g1"}}, warning: "gamma is old"}}})
	said := shows(t, e, nil, "b1", "g1")
	missing := []string{"The list of beta keys is incomplete", "Unable to list the alpha keys and the alpha accounts", "Unable to list the alpha others"}
	for _, want := range append([]string{"gamma is old"}, missing...) {
		if !strings.Contains(said.Warnings().Summaries(), want) || len(said) != 4 {
			t.Errorf("no warning is %q:\n%s", want, said)
		}
	}
	if !strings.Contains(said.String(), "The server is down.") || !strings.Contains(said.String(), "Permission denied.") {
		t.Errorf("the reasons are not said:\n%s", said)
	}
	rows, said := inventoried(t, e, values{"strict": true})
	if len(rows) > 0 || len(said.Errors()) != 3 || said.Warnings().Summaries() != "gamma is old" {
		t.Errorf("strict shows %q and says\n%s", idsOf(rows), said)
	}
	for _, want := range missing {
		if !strings.Contains(said.Errors().Summaries(), want) {
			t.Errorf("no error is %q:\n%s", want, said)
		}
	}
	shows(t, e, values{"strict": true, "systems": []string{"gamma"}}, "g1")
}

// TestInventory_unusable: who does not use a system hears nothing of it; what is configured and cannot be asked, or asked for by name, is a
// warning; and an inventory of nothing says so.
func TestInventory_unusable(t *testing.T) {
	t.Parallel()
	all := []archive{{"alpha", []shelf{{kind: "key", facts: []rotation.Facts{{ID: "a1"}}}}}, {"beta", []shelf{{kind: "key", facts: []rotation.Facts{{ID: "b1"}}}}}}
	for name, c := range map[string]struct {
		block, config values
		want          []string
		says          string
	}{
		"not configured":          {at("alpha"), nil, []string{"a1"}, ""},
		"not configured, by name": {at("alpha"), values{"systems": []string{"alpha", "beta"}}, []string{"a1"}, "The tokens of The beta are not listed"},
		"unusable":                {at("alpha").With(values{"beta": values{"base_url": "beta"}}), nil, []string{"a1"}, "The tokens of The beta are not listed"},
		"unusable, not asked for": {at("alpha").With(values{"beta": values{"base_url": "beta"}}), values{"systems": []string{"alpha"}}, []string{"a1"}, ""},
		"unknown":                 {at("alpha").With(values{"beta": values{"base_url": protocoltest.Unknown}}), nil, []string{"a1"}, "The tokens of The beta are not listed"},
		"the block is unknown":    {at("alpha").With(values{"beta": protocoltest.Unknown}), nil, []string{"a1"}, "The tokens of The beta are not listed"},
		"nothing is known":        {at("alpha").With(values{"http": protocoltest.Unknown}), nil, nil, "The tokens of The alpha are not listed"},
		"nothing is configured":   {nil, nil, nil, "The inventory lists nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := archives(t, c.block, all...)
			if said := shows(t, e, c.config, c.want...); said.Summaries() != c.says {
				t.Errorf("it says %s", said)
			}
			rows, said := inventoried(t, e, c.config.With(values{"strict": true}))
			if said.Failed() != (c.says != "") || said.Errors().Summaries() != c.says || said.Failed() && len(rows) > 0 {
				t.Errorf("strict shows %q and says %s", idsOf(rows), said)
			}
		})
	}
}
