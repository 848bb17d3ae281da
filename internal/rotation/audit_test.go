package rotation_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const day = 24 * time.Hour

func within(d time.Duration) (a rotation.Audit) {
	a.ExpiresWithin = rotation.DurationValue(d)
	return a
}

func never(yes bool) (a rotation.Audit) {
	a.NeverExpires = types.BoolValue(yes)
	return a
}

func before(t time.Time) (a rotation.Audit) {
	a.CreatedBefore = rotation.TimeValue(&t)
	return a
}

func unused(d time.Duration) (a rotation.Audit) {
	a.UnusedFor = rotation.DurationValue(d)
	return a
}

func neverUsed(yes bool) (a rotation.Audit) {
	a.NeverUsed = types.BoolValue(yes)
	return a
}

func TestAudit(t *testing.T) {
	t.Parallel()
	lives := func(expires *time.Time) rotation.Facts {
		return rotation.Facts{CreatedAt: at(-100 * day), ExpiresAt: expires}
	}
	used := func(last *time.Time) rotation.Facts {
		return rotation.Facts{CreatedAt: at(-100 * day), LastUsedAt: last}
	}
	made := func(created *time.Time) rotation.Facts { return rotation.Facts{CreatedAt: created} }
	both := within(14 * day)
	both.NeverUsed = types.BoolValue(true)
	cases := map[string]struct {
		audit rotation.Audit
		facts rotation.Facts
		want  bool
	}{
		"no filter":                               {rotation.Audit{}, rotation.Facts{}, true},
		"ends within":                             {within(14 * day), lives(at(13 * day)), true},
		"ends just then":                          {within(14 * day), lives(at(14 * day)), true},
		"ends later":                              {within(14 * day), lives(at(14*day + 1)), false},
		"has ended":                               {within(14 * day), lives(at(-day)), true},
		"never ends, asked for an end":            {within(14 * day), lives(nil), false},
		"never ends":                              {never(true), lives(nil), true},
		"ends, asked for never":                   {never(true), lives(at(day)), false},
		"ends, asked for an end, in words":        {never(false), lives(at(day)), true},
		"never ends, asked for an end, in words":  {never(false), lives(nil), false},
		"made before":                             {before(noon()), made(at(-1)), true},
		"made just then":                          {before(noon()), made(at(0)), false},
		"made after":                              {before(noon()), made(at(1)), false},
		"creation unknown":                        {before(noon()), made(nil), false},
		"unused for longer":                       {unused(90 * day), used(at(-91 * day)), true},
		"unused for just that long":               {unused(90 * day), used(at(-90 * day)), true},
		"used since":                              {unused(90 * day), used(at(-89 * day)), false},
		"never used, counts from the creation":    {unused(90 * day), used(nil), true},
		"never used, but young":                   {unused(101 * day), used(nil), false},
		"never used, creation unknown":            {unused(day), rotation.Facts{}, false},
		"used, of unknown creation":               {unused(day), rotation.Facts{LastUsedAt: at(-2 * day)}, true},
		"never used, asked so":                    {neverUsed(true), used(nil), true},
		"used, asked for never":                   {neverUsed(true), used(at(-day)), false},
		"used, asked so":                          {neverUsed(false), used(at(-day)), true},
		"never used, asked for used":              {neverUsed(false), used(nil), false},
		"two filters, both fit":                   {both, rotation.Facts{ExpiresAt: at(day)}, true},
		"two filters, the first does not":         {both, rotation.Facts{ExpiresAt: at(15 * day)}, false},
		"two filters, the second does not":        {both, rotation.Facts{ExpiresAt: at(day), LastUsedAt: at(0)}, false},
		"two filters, and none of them fits":      {both, rotation.Facts{LastUsedAt: at(0)}, false},
		"the other facts are not looked at":       {never(true), rotation.Facts{LastUsedAt: at(0), CreatedAt: at(day)}, true},
		"the end is not looked at by unused_for":  {unused(day), rotation.Facts{LastUsedAt: at(-2 * day), ExpiresAt: at(-day)}, true},
		"last use in the future, by skewed clock": {unused(day), used(at(day)), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := c.audit.Selects(c.facts, noon()); got != c.want {
				t.Errorf("got %t", got)
			}
		})
	}
}

// TestAuditArguments: the words are the same for everybody who selects tokens.
func TestAuditArguments(t *testing.T) {
	t.Parallel()
	all := rotation.AuditArguments()
	for _, name := range []string{"expires_within", "never_expires", "created_before", "unused_for", "never_used"} {
		if all[name] == nil || !all[name].IsOptional() || all[name].GetMarkdownDescription() == "" {
			t.Errorf("%s is missing, not optional or not described", name)
		}
		delete(all, name)
	}
	if len(all) != 0 {
		t.Errorf("unexpected: %v", all)
	}
}
