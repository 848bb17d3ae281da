package rotation_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
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

func prefixed(prefix string) (a rotation.Audit) {
	a.NamePrefix = types.StringValue(prefix)
	return a
}

func except(ids ...attr.Value) (a rotation.Audit) {
	a.ExceptIDs = types.ListValueMust(types.StringType, ids)
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
	named := func(id, name string) rotation.Facts { return rotation.Facts{ID: id, Name: name} }
	text := func(id string) attr.Value { return types.StringValue(id) }
	leftover := prefixed("ci-")
	leftover.ExceptIDs = except(text("1")).ExceptIDs
	unknown, null := rotation.Audit{}, rotation.Audit{}
	unknown.ExceptIDs, null.ExceptIDs = types.ListUnknown(types.StringType), types.ListNull(types.StringType)
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
		"name begins so":                          {prefixed("ci-"), named("1", "ci-a"), true},
		"name is the prefix itself":               {prefixed("ci-"), named("1", "ci-"), true},
		"name holds it further on":                {prefixed("ci-"), named("1", "my-ci-a"), false},
		"name begins so, in another case":         {prefixed("ci-"), named("1", "CI-a"), false},
		"no name":                                 {prefixed("ci-"), named("1", ""), false},
		"excepted":                                {except(text("2"), text("1")), named("1", "a"), false},
		"not excepted":                            {except(text("2"), text("11")), named("1", "a"), true},
		"excepted by name is not excepted":        {except(text("a")), named("1", "a"), true},
		"excepts none":                            {except(), named("1", "a"), true},
		"excepts null and the empty text":         {except(types.StringNull(), text("")), named("1", "a"), true},
		"excepts null and this one":               {except(types.StringNull(), text("1")), named("1", "a"), false},
		"excepts what is not known yet":           {except(types.StringUnknown()), named("1", "a"), true},
		"exception not known yet":                 {unknown, named("1", "a"), true},
		"exception null":                          {null, named("1", "a"), true},
		"leftover":                                {leftover, named("2", "ci-a"), true},
		"no leftover, excepted":                   {leftover, named("1", "ci-a"), false},
		"no leftover, another prefix":             {leftover, named("2", "cd-a"), false},
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
	for _, name := range []string{"except_ids", "name_prefix", "expires_within", "never_expires", "created_before", "unused_for", "never_used"} {
		if all[name] == nil || !all[name].IsOptional() || all[name].GetMarkdownDescription() == "" {
			t.Errorf("%s is missing, not optional or not described", name)
		}
		delete(all, name)
	}
	if len(all) != 0 {
		t.Errorf("unexpected: %v", all)
	}
}
