package rotation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Facts is what every list tells of a token, in one shape: what it is looked up and selected by, and what the inventory shows.
type Facts struct {
	// Name is empty where tokens have none.
	ID, Name string
	// Description is what people know a token without a name by; empty where it has none.
	Description string
	// Owner is whose it is, as people know them; empty where nothing tells.
	Owner string
	// The times are nil where there are none, and where nothing tells.
	CreatedAt, ExpiresAt, LastUsedAt *time.Time
	// Status is a word of the attribute status, as far as it does not follow from the time; empty where nothing tells.
	Status string
	// Platform is set for tokens that the system itself makes and manages: they are shown, and neither adopted nor revoked in bulk.
	Platform bool
	// LentUntil is until when some run uses it, for ephemeral tokens whose names and expiry do not tell; nil for all others.
	LentUntil *time.Time
}

// StatusAt is the status at a time.
func (f Facts) StatusAt(now time.Time) string {
	if Expired(f.ExpiresAt, now) {
		return StatusExpired
	}
	return f.Status
}

// IsLent reports an ephemeral token that some run may be using.
func (f Facts) IsLent(now time.Time) bool {
	if f.LentUntil != nil {
		return !Expired(f.LentUntil, now)
	}
	return IsEphemeralName(f.Name) && f.StatusAt(now) != StatusExpired
}

// Audit holds the audit filters, which have one meaning wherever tokens are selected.
type Audit struct {
	BaseAudit
	NameAudit
	UseAudit
}

// BaseAudit selects by what every system tells of its tokens: the id, the creation and the expiry.
type BaseAudit struct {
	ExceptIDs     types.List   `tfsdk:"except_ids"`
	ExpiresWithin DurationText `tfsdk:"expires_within"`
	NeverExpires  types.Bool   `tfsdk:"never_expires"`
	CreatedBefore TimeText     `tfsdk:"created_before"`
}

// NameAudit selects by the name of a token, where tokens have names.
type NameAudit struct {
	NamePrefix types.String `tfsdk:"name_prefix"`
}

// UseAudit selects by the last use of a token, where the server keeps it.
type UseAudit struct {
	UnusedFor DurationText `tfsdk:"unused_for"`
	NeverUsed types.Bool   `tfsdk:"never_used"`
}

// AuditFilters are the arguments of [Audit] that narrow a selection down, which leaving out some ids does not.
func AuditFilters() []string {
	return []string{"expires_within", "never_expires", "created_before", "name_prefix", "unused_for", "never_used"}
}

// BaseAuditArguments are the arguments of [BaseAudit]. It is a list, because the schemas of list blocks know no sets. The ids to leave out have no validators: an id that a resource does not have at
// the moment is null.
func BaseAuditArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"except_ids": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "Leaves out the tokens with these ids, such as the `id` and `previous_id` of resources. Null elements are ignored.",
		},
		"expires_within": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, Validators: []validator.String{PositiveDuration()},
			MarkdownDescription: "Only tokens that expire within this time from now, as a duration such as `14d`. Includes those that have expired.",
		},
		"never_expires": schema.BoolAttribute{
			Optional: true, Validators: []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("expires_within"))},
			MarkdownDescription: "`true`: only tokens without an expiry; `false`: only tokens with one.",
		},
		"created_before": schema.StringAttribute{
			Optional: true, CustomType: TimeType{},
			MarkdownDescription: "Only tokens minted before this RFC 3339 time, such as `2030-01-31T00:00:00Z`.",
		},
	}
}

// NameAuditArguments are the arguments of [NameAudit].
func NameAuditArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name_prefix": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
			MarkdownDescription: "Only tokens whose names begin with this text. Upper and lower case differ.",
		},
	}
}

// UseAuditArguments are the arguments of [UseAudit].
func UseAuditArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"unused_for": schema.StringAttribute{
			Optional: true, CustomType: DurationType{},
			Validators:          []validator.String{PositiveDuration(), stringvalidator.ConflictsWith(path.MatchRoot("never_used"))},
			MarkdownDescription: "Only tokens that have not been used for this long, as a duration such as `90d`. For a token that was never used, the time counts from its creation.",
		},
		"never_used": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`true`: only tokens that have never been used; `false`: only tokens that have.",
		},
	}
}

// AuditArguments are the arguments of [Audit].
func AuditArguments() map[string]schema.Attribute {
	all := BaseAuditArguments()
	maps.Copy(all, NameAuditArguments())
	maps.Copy(all, UseAuditArguments())
	return all
}

// Selects decides whether a token passes all filters that are set.
func (a Audit) Selects(facts Facts, now time.Time) bool {
	return a.BaseAudit.Selects(facts, now) && a.NameAudit.Selects(facts) && a.UseAudit.Selects(facts, now)
}

// Selects decides by the id, the creation and the expiry.
func (a BaseAudit) Selects(facts Facts, now time.Time) bool {
	if slices.ContainsFunc(a.ExceptIDs.Elements(), types.StringValue(facts.ID).Equal) {
		return false
	}
	if !a.NeverExpires.IsNull() && a.NeverExpires.ValueBool() != (facts.ExpiresAt == nil) {
		return false
	}
	if within, isSet := Duration(a.ExpiresWithin); isSet && (facts.ExpiresAt == nil || facts.ExpiresAt.Sub(now) > within) {
		return false
	}
	before := Instant(a.CreatedBefore)
	return before == nil || facts.CreatedAt != nil && facts.CreatedAt.Before(*before)
}

// Selects decides by the name.
func (a NameAudit) Selects(facts Facts) bool {
	return strings.HasPrefix(facts.Name, a.NamePrefix.ValueString())
}

// Selects decides by the last use.
func (a UseAudit) Selects(facts Facts, now time.Time) bool {
	if !a.NeverUsed.IsNull() && a.NeverUsed.ValueBool() != (facts.LastUsedAt == nil) {
		return false
	}
	last := facts.LastUsedAt
	if last == nil {
		last = facts.CreatedAt
	}
	unused, isSet := Duration(a.UnusedFor)
	return !isSet || last != nil && now.Sub(*last) >= unused
}
