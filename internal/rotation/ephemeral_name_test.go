package rotation_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestEphemeralName: a name is known again, has the prefix, and is never taken for one of a resource.
func TestEphemeralName(t *testing.T) {
	t.Parallel()
	// Of 2,000 names with 30 random bits, two are the same in one run of five hundred; four such pairs are no chance.
	seen, repeated := map[string]bool{}, 0
	for _, prefix := range []string{rotation.EphemeralPrefix, "a", "two words ", "ümläut-", rotation.NewName("ci-")} {
		for range 2000 {
			name := rotation.NewEphemeralName(prefix)
			suffix, found := strings.CutPrefix(name, prefix)
			if !found || len(suffix) != rotation.SuffixLength || strings.Trim(suffix, "abcdefghijklmnopqrstuvwxyz234567") != "" {
				t.Fatalf("%q does not fit the prefix %q", name, prefix)
			}
			if seen[name] {
				repeated++
			}
			seen[name] = true
			if _, isOther := rotation.Prefix(name); isOther || !rotation.IsEphemeralName(name) || !rotation.IsGenerated(name).ValueBool() {
				t.Fatalf("%q is taken for the name of a resource: %t", name, isOther)
			}
		}
	}
	if repeated > 3 {
		t.Errorf("%d names were made twice", repeated)
	}
	if name := rotation.NewEphemeralName(""); len(name) != rotation.SuffixLength || rotation.IsEphemeralName(name) {
		t.Errorf("without a prefix it is %q", name)
	}
}

// TestEphemeralName_others: names of resources are never taken for those of ephemeral tokens.
func TestEphemeralName_others(t *testing.T) {
	t.Parallel()
	for range 10_000 {
		name := rotation.NewName(rotation.EphemeralPrefix)
		next := rotation.NextName(rotation.EphemeralPrefix, name)
		if rotation.IsEphemeralName(name) || rotation.IsEphemeralName(next) {
			t.Fatalf("%q or %q is taken for the name of an ephemeral token", name, next)
		}
	}
	own := rotation.NewEphemeralName("ci-")
	for name, text := range map[string]string{
		"empty": "", "short": "ci", "ordinary": "my deploy token", "cut": own[:len(own)-1], "longer": own + "a", "in capitals": strings.ToUpper(own), "another prefix": "x" + own[1:],
		"without its prefix": strings.TrimPrefix(own, "ci-"),
	} {
		if rotation.IsEphemeralName(text) {
			t.Errorf("%s: %q is taken for the name of an ephemeral token", name, text)
		}
	}
}

// TestEphemeralName_foreign: of a million foreign names that look like it, one passes; a token is deleted for its name alone only if it has
// expired, too.
func TestEphemeralName_foreign(t *testing.T) {
	t.Parallel()
	const tries, alphabet = 1 << 21, "abcdefghijklmnopqrstuvwxyz234567"
	// A fixed seed, so that the count is the same in every run.
	random := rand.New(rand.NewPCG(3, 4))
	taken, bytes := 0, make([]byte, 14)
	for range tries {
		for i, word := 0, random.Uint64(); i < 12; i, word = i+1, word>>5 {
			bytes[i] = alphabet[word&31]
		}
		bytes[12], bytes[13] = alphabet[random.IntN(32)], alphabet[random.IntN(32)]
		if rotation.IsEphemeralName(string(bytes)) {
			taken++
		}
	}
	if taken > 8 {
		t.Errorf("%d of %d names are taken for those of ephemeral tokens, about %d are expected", taken, tries, tries>>20)
	}
}

// TestDurationBetween: the bounds are allowed.
func TestDurationBetween(t *testing.T) {
	t.Parallel()
	for value, fails := range map[types.String]bool{
		types.StringNull(): false, types.StringUnknown(): false, types.StringValue("24h"): false, types.StringValue("1d"): false, types.StringValue("1m"): false,
		types.StringValue("24h0m1s"): true, types.StringValue("2d"): true, types.StringValue("59s"): true, types.StringValue("-1h"): true, types.StringValue("0s"): true,
		// The type complains about this.
		types.StringValue("soon"): false,
	} {
		var resp validator.StringResponse
		rotation.DurationBetween(time.Minute, 24*time.Hour).ValidateString(t.Context(), validator.StringRequest{Path: path.Root("lifetime"), ConfigValue: value}, &resp)
		if resp.Diagnostics.HasError() != fails {
			t.Errorf("%s: %v", value, resp.Diagnostics)
		}
		for _, d := range resp.Diagnostics {
			if want := "Attribute lifetime must be a duration from 1m to 1d, got " + value.String() + "."; d.Detail() != want {
				t.Errorf("%s: %s", value, d.Detail())
			}
		}
	}
}

// TestStatusAt: what has expired is expired, whatever the server says.
func TestStatusAt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		facts rotation.Facts
		want  string
	}{
		"nothing told":           {rotation.Facts{}, ""},
		"the server's word":      {rotation.Facts{Status: "disabled"}, "disabled"},
		"lives on":               {rotation.Facts{Status: "active", ExpiresAt: at(1)}, "active"},
		"expires just now":       {rotation.Facts{Status: "active", ExpiresAt: at(0)}, "expired"},
		"expired, and disabled":  {rotation.Facts{Status: "disabled", ExpiresAt: at(-day)}, "expired"},
		"expired, and no status": {rotation.Facts{ExpiresAt: at(-day)}, "expired"},
		"the server's date lies": {rotation.Facts{Status: "expired", ExpiresAt: at(day)}, "expired"},
	} {
		if got := c.facts.StatusAt(noon()); got != c.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestAuditFilters: every argument narrows a selection down but the one that leaves out some ids.
func TestAuditFilters(t *testing.T) {
	t.Parallel()
	arguments := rotation.AuditArguments()
	for _, filter := range rotation.AuditFilters() {
		if arguments[filter] == nil || !rotation.HasAttribute(&rotation.Audit{}, filter) {
			t.Errorf("there is no argument %s", filter)
		}
		delete(arguments, filter)
	}
	if delete(arguments, "except_ids"); len(arguments) > 0 {
		t.Errorf("these are missing: %v", arguments)
	}
}

// TestHasAttribute_SetText: the attributes of embedded structs are a model's own; only texts are set as such.
func TestHasAttribute_SetText(t *testing.T) {
	t.Parallel()
	m := &struct {
		rotation.Audit
		ID    types.String `tfsdk:"id"`
		Other types.String
	}{}
	for attribute, has := range map[string]bool{"id": true, "name_prefix": true, "except_ids": true, "never_used": true, "ID": false, "Other": false, "": false, "NameAudit": false} {
		if rotation.HasAttribute(m, attribute) != has {
			t.Errorf("%s: %t", attribute, !has)
		}
		rotation.SetText(m, attribute, "x")
	}
	if m.ID.ValueString() != "x" || m.NamePrefix.ValueString() != "x" || !m.ExceptIDs.IsNull() || !m.NeverUsed.IsNull() || !m.ExpiresWithin.IsNull() || !m.Other.IsNull() {
		t.Errorf("the model is %+v", m)
	}
	if rotation.SetText(m, "id", ""); m.ID.IsNull() || m.ID.ValueString() != "" {
		t.Errorf("the id is %s", m.ID)
	}
}
