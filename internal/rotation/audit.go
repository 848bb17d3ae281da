package rotation

import (
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/boolvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Facts is what a token is looked up and selected by. Name is empty where tokens have none; nil times are absent.
type Facts struct {
	ID, Name   string
	CreatedAt  *time.Time
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
}

// Audit holds the audit filters, which have one meaning wherever tokens are selected.
type Audit struct {
	ExpiryAudit
	UseAudit
}

// ExpiryAudit selects by the beginning and the end of a token.
type ExpiryAudit struct {
	ExpiresWithin DurationText `tfsdk:"expires_within"`
	NeverExpires  types.Bool   `tfsdk:"never_expires"`
	CreatedBefore TimeText     `tfsdk:"created_before"`
}

// UseAudit selects by the last use of a token, where the server keeps it.
type UseAudit struct {
	UnusedFor DurationText `tfsdk:"unused_for"`
	NeverUsed types.Bool   `tfsdk:"never_used"`
}

// ExpiryAuditArguments are the arguments of [ExpiryAudit].
func ExpiryAuditArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"expires_within": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, Validators: []validator.String{PositiveDuration()},
			MarkdownDescription: "Only tokens that end within this time from now, such as `14d`, those that have ended included.",
		},
		"never_expires": schema.BoolAttribute{
			Optional: true, Validators: []validator.Bool{boolvalidator.ConflictsWith(path.MatchRoot("expires_within"))},
			MarkdownDescription: "`true`: only tokens without an end; `false`: only tokens with one.",
		},
		"created_before": schema.StringAttribute{
			Optional: true, CustomType: TimeType{},
			MarkdownDescription: "Only tokens minted before this RFC 3339 time.",
		},
	}
}

// UseAuditArguments are the arguments of [UseAudit].
func UseAuditArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"unused_for": schema.StringAttribute{
			Optional: true, CustomType: DurationType{},
			Validators:          []validator.String{PositiveDuration(), stringvalidator.ConflictsWith(path.MatchRoot("never_used"))},
			MarkdownDescription: "Only tokens that have not been used for this long, such as `90d`; one that never was counts from its creation.",
		},
		"never_used": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`true`: only tokens that have never been used; `false`: only tokens that have.",
		},
	}
}

// AuditArguments are the arguments of [Audit].
func AuditArguments() map[string]schema.Attribute {
	all := ExpiryAuditArguments()
	maps.Copy(all, UseAuditArguments())
	return all
}

// Selects decides whether a token passes all filters that are set.
func (a Audit) Selects(facts Facts, now time.Time) bool {
	return a.ExpiryAudit.Selects(facts, now) && a.UseAudit.Selects(facts, now)
}

// Selects decides by the beginning and the end.
func (a ExpiryAudit) Selects(facts Facts, now time.Time) bool {
	if !a.NeverExpires.IsNull() && a.NeverExpires.ValueBool() != (facts.ExpiresAt == nil) {
		return false
	}
	if within, isSet := Duration(a.ExpiresWithin); isSet && (facts.ExpiresAt == nil || facts.ExpiresAt.Sub(now) > within) {
		return false
	}
	before := Instant(a.CreatedBefore)
	return before == nil || facts.CreatedAt != nil && facts.CreatedAt.Before(*before)
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
