package rotation

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// ShorterThanLifetime is the rule of rotate_before_expiry on systems where lifetime is an argument: a new token must not be
// due as soon as it is minted.
func ShorterThanLifetime() validator.String {
	return rule{
		description: "must be shorter than lifetime",
		check: func(ctx context.Context, req validator.StringRequest) diag.Diagnostics {
			var value DurationText
			diags := req.Config.GetAttribute(ctx, path.Root("lifetime"), &value)
			lead, err := parseDuration(req.ConfigValue.ValueString())
			lifetime, isSet := Duration(value)
			if err == nil && isSet && lead >= lifetime {
				diags.AddAttributeError(req.Path, "The token would be rotated in every run",
					"Attribute "+req.Path.String()+" must be shorter than lifetime: a token that lives "+formatDuration(lifetime)+" never has more than "+formatDuration(lead)+" left, so every run would rotate it.")
			}
			return diags
		},
	}
}

// NotWithExpiresAt is the rule of rotate_before_expiry on systems where expires_at is an argument: a token that is minted again
// would expire at the same time.
func NotWithExpiresAt() validator.String {
	return rule{
		description: "cannot be set together with expires_at",
		check: func(ctx context.Context, req validator.StringRequest) diag.Diagnostics {
			var end TimeText
			diags := req.Config.GetAttribute(ctx, path.Root("expires_at"), &end)
			if !end.IsNull() && !end.IsUnknown() {
				diags.AddAttributeError(req.Path, "The token would be rotated in every run",
					"Attribute "+req.Path.String()+" cannot be set together with expires_at: every new token would expire at the same time. Set lifetime instead of expires_at: it counts from every mint.")
			}
			return diags
		},
	}
}

// NeedsNamePrefix is the rule of overlap on systems where names are unique: two generations need two names.
func NeedsNamePrefix() validator.String {
	return rule{
		description: "requires name_prefix",
		check: func(ctx context.Context, req validator.StringRequest) diag.Diagnostics {
			var name types.String
			diags := req.Config.GetAttribute(ctx, path.Root("name"), &name)
			// One that is not known yet may turn out to be null; what it turns out to be is checked again.
			if !name.IsNull() && !name.IsUnknown() {
				diags.AddAttributeError(req.Path, "Two tokens cannot have one name",
					"With "+req.Path.String()+" two tokens exist side by side, and their names must differ. Set name_prefix instead of name: each token gets a suffix of its own. "+
						"The existing token keeps its name until the next rotation if the name begins with the prefix.")
			}
			return diags
		},
	}
}

// beforeItExpires is the rule of rotate_after: where lifetime is an argument, a token must not expire before it is that old.
func beforeItExpires() validator.String {
	return rule{
		description: "must be shorter than lifetime",
		check: func(ctx context.Context, req validator.StringRequest) diag.Diagnostics {
			lifetime, _ := configuredDuration(ctx, req.Config, "lifetime")
			return CheckRotateAfter(Rotating{RotateAfter: DurationText{req.ConfigValue}}, lifetime)
		},
	}
}

// CheckRotateAfter refuses an age that a token does not reach that is asked for with a lifetime; 0 is for none.
func CheckRotateAfter(plan Rotating, lifetime time.Duration) diag.Diagnostics {
	age, isSet := Duration(plan.RotateAfter)
	if !isSet || lifetime <= 0 || age < lifetime {
		return nil
	}
	at := path.Root("rotate_after")
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "The token would expire before it is rotated",
		"Attribute "+at.String()+" must be shorter than lifetime: a token that lives "+formatDuration(lifetime)+" has expired before it is "+formatDuration(age)+" old. Make "+at.String()+" shorter, or lifetime longer.")}
}

// UncutOverlap is a rule of overlap: it warns of one that rotations in time would cut short.
func UncutOverlap() validator.String {
	return rule{
		description: "should be shorter than what is left of a token's life when it is rotated, and than the time between two rotations",
		check: func(ctx context.Context, req validator.StringRequest) diag.Diagnostics {
			var diags diag.Diagnostics
			lifetime, hasLifetime := configuredDuration(ctx, req.Config, "lifetime")
			lead, hasLead := configuredDuration(ctx, req.Config, "rotate_before_expiry")
			age, hasAge := configuredDuration(ctx, req.Config, "rotate_after")
			overlap, err := parseDuration(req.ConfigValue.ValueString())
			if err != nil || !hasLead && !hasAge {
				return diags
			}
			const summary = "The overlap would be cut short"
			between, causes, advice := age, "rotate_after", "rotate_after longer"
			byExpiry := hasLead && hasLifetime && lead < lifetime && (!hasAge || lifetime-lead < age)
			if byExpiry {
				between, causes, advice = lifetime-lead, "lifetime and rotate_before_expiry", "lifetime longer"
			}
			left := lifetime - between
			switch {
			case hasLead && overlap > lead && (byExpiry || !hasLifetime):
				diags.AddAttributeWarning(req.Path, summary,
					"Attribute "+req.Path.String()+" is longer than rotate_before_expiry: a token that is rotated with "+formatDuration(lead)+" left expires before its overlap is over. Make rotate_before_expiry longer than overlap, by at least the time between two runs.")
			case hasAge && hasLifetime && !byExpiry && left > 0 && overlap > left:
				diags.AddAttributeWarning(req.Path, summary,
					"A token that is rotated when it is "+formatDuration(age)+" old has "+formatDuration(left)+" left, and expires before an overlap of "+formatDuration(overlap)+" is over. Make rotate_after or overlap shorter.")
			case between > 0 && overlap > between:
				diags.AddAttributeWarning(req.Path, summary,
					"With this "+causes+" the token is rotated every "+formatDuration(between)+", before an overlap of "+formatDuration(overlap)+" is over, and each rotation revokes the previous token. Make overlap shorter, or "+advice+".")
			}
			return diags
		},
	}
}

// configuredDuration is a duration of a configuration; false where it is not set, not known or none, of which the attribute's type complains,
// and on systems that have no such argument.
func configuredDuration(ctx context.Context, config tfsdk.Config, name string) (time.Duration, bool) {
	if _, there := config.Schema.GetAttributes()[name]; !there {
		return 0, false
	}
	var value DurationText
	_ = config.GetAttribute(ctx, path.Root(name), &value)
	return Duration(value)
}

// rule is a validator of a text that is known.
type rule struct {
	description string
	check       func(ctx context.Context, req validator.StringRequest) diag.Diagnostics
}

func (r rule) Description(context.Context) string { return r.description }

func (r rule) MarkdownDescription(context.Context) string { return r.description }

func (r rule) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	resp.Diagnostics.Append(r.check(ctx, req)...)
}

// CheckRotateBefore refuses a plan whose token the server gives too short a life for rotate_before_expiry: every run would rotate it.
// The expected life is that of [Record.Expected] for the planned lifetime.
func CheckRotateBefore(plan Rotating, expected time.Duration) diag.Diagnostics {
	lead, isSet := Duration(plan.RotateBeforeExpiry)
	if !isSet || !isFutile(lead, expected) {
		return nil
	}
	at := path.Root("rotate_before_expiry")
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "The token would be rotated in every run",
		"Attribute "+at.String()+" must be shorter than the token's life: the server lets a token live "+formatDuration(expected.Round(time.Second))+", so a token that is due with "+formatDuration(lead)+" left is due as soon as it is minted.")}
}

// WarnRotateBefore is [CheckRotateBefore] as a warning of what the server has brought about, where no rotation in place is planned.
func WarnRotateBefore(m Rotating, expected time.Duration) diag.Diagnostics {
	return warnRotateBefore(m, expected, "So this argument does not rotate the token.")
}

// WarnRefusedRotateBefore is [WarnRotateBefore] for the plan of a rotation in place, which is refused when it is applied.
func WarnRefusedRotateBefore(plan Rotating, expected time.Duration) diag.Diagnostics {
	return warnRotateBefore(plan, expected, "Applying this plan fails.")
}

func warnRotateBefore(m Rotating, expected time.Duration, consequence string) diag.Diagnostics {
	var warnings diag.Diagnostics
	for _, problem := range CheckRotateBefore(m, expected) {
		warnings.AddAttributeWarning(path.Root("rotate_before_expiry"), problem.Summary(), problem.Detail()+" "+consequence)
	}
	return warnings
}

// WarnOfRefusal are the errors of an apply as a plan says them that only obeys time or the server.
func WarnOfRefusal(errors diag.Diagnostics) diag.Diagnostics {
	var warnings diag.Diagnostics
	for _, d := range errors {
		detail := d.Detail() + " Applying this plan fails before anything is sent."
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			warnings.AddAttributeWarning(at.Path(), d.Summary(), detail)
		} else {
			warnings.AddWarning(d.Summary(), detail)
		}
	}
	return warnings
}

// UnknownOverlap is the warning for a rotation in place that is planned because there may be an overlap. A replacement would revoke the
// token that an overlap is to keep.
func UnknownOverlap() diag.Diagnostic {
	at := path.Root("overlap")
	return diag.NewAttributeWarningDiagnostic(at, "The overlap is not known yet",
		"Attribute "+at.String()+" is not known while planning, so this plan rotates the token in place, as it does with any overlap. "+
			"If "+at.String()+" turns out to be null, Terraform refuses to apply this plan (\"Provider produced inconsistent final plan\") and the token stays as it is. In that case, plan again.")
}

// Subject is the token that remarks are about.
type Subject struct {
	// Words are the noun's words ("SailPoint personal access token"), Name what the token is known by.
	Words, Name string
	// EndsByItself is set where the system ends the previous generation without the provider.
	EndsByItself bool
	// RotatesByItself is set where the system renews the token without the provider.
	RotatesByItself bool
	// MintedAt is when the token was minted, as far as that is known.
	MintedAt *time.Time
	// EndIsFixed is set where the configuration sets expires_at: no rotation helps against an end that the next token
	// would have, too.
	EndIsFixed bool
}

// Warnings are the warnings of a plan that keeps the token, with its planned expiry: that expiry, the previous token, and what is still to
// be revoked.
func (s Subject) Warnings(plan Rotating, state Previous, expiry TimeText, record Record) diag.Diagnostics {
	var diags diag.Diagnostics
	expiresAt := record.End(Instant(expiry))
	if _, isSet := Duration(plan.RotateBeforeExpiry); isSet && expiresAt == nil && !expiry.IsUnknown() && plan.RotateAfter.IsNull() {
		at := path.Root("rotate_before_expiry")
		diags.AddAttributeWarning(at, at.String()+" has no effect",
			"Attribute "+at.String()+" rotates a token before it expires, but the expiry of the token "+s.Name+" is not known: it never expires, or the server does not report its expiry. "+
				"So time never rotates it. Set rotate_after instead, which rotates the token once it is older than that.")
	}
	aged := Policy{}
	aged.RotateAfter, _ = Duration(plan.RotateAfter)
	agedAt := aged.byAge(Life{MintedAt: s.MintedAt})
	isLate := agedAt != nil && expiresAt != nil && !agedAt.Before(*expiresAt)
	if isLate && plan.RotateBeforeExpiry.IsNull() && !s.EndIsFixed {
		at := path.Root("rotate_after")
		diags.AddAttributeWarning(at, at.String()+" has no effect",
			"The token "+s.Name+" expires at "+Format(*expiresAt)+", before it is "+formatDuration(aged.RotateAfter)+" old, so "+at.String()+" does not rotate it in time. Make "+at.String()+" shorter than the token's life.")
	}
	rotates := s.RotatesByItself || !s.EndIsFixed && !(plan.RotateBeforeExpiry.IsNull() && plan.RotateAfter.IsNull())
	if record.Ending && !rotates && expiresAt != nil {
		advice := "nothing rotates it before that. Set rotate_before_expiry to have it rotated in time."
		if s.EndIsFixed {
			advice = "so would a new token, because expires_at says so. Set a later expires_at, or lifetime and rotate_before_expiry instead."
		}
		diags.AddAttributeWarning(path.Root("expires_at"), s.Words+" expires soon",
			"The token "+s.Name+" expires at "+Format(*expiresAt)+", and "+advice+" The provider's expiry_warning sets how early this warning appears.")
	}
	after := state.PreviousRevokedAfter.ValueString()
	switch {
	case !state.HasPrevious():
	case record.IsHidden(state.PreviousID.ValueString()):
		diags.AddAttributeWarning(path.Root("previous_id"), "The previous token cannot be revoked",
			"No list shows the token "+record.Call(state.PreviousID.ValueString())+", the previous one of "+s.Name+", so the provider cannot revoke it at "+after+", when its overlap is over. It works "+
				record.UntilExpiry(state.PreviousID.ValueString())+", unless its owner deletes it.")
	case record.PreviousDue:
		diags.AddAttributeWarning(path.Root("previous_id"), "The previous token is due for revocation",
			"The overlap after the rotation to "+s.Name+" ended at "+after+". Applying this plan revokes the previous token, "+state.PreviousID.ValueString()+".")
	case !s.EndsByItself:
		diags.AddAttributeWarning(path.Root("previous_id"), "The previous token still works",
			"The token "+state.PreviousID.ValueString()+", the previous one of "+s.Name+", works until the first apply after "+after+", which revokes it.")
	}
	for _, id := range record.Pending {
		if record.IsHidden(id) {
			diags.Append(record.WarnHidden(id, s.Words, s.Name))
			continue
		}
		// Terraform shows only the first of several warnings with one summary, and each id matters.
		diags.AddWarning("The "+s.Words+" "+id+" is still to be revoked",
			"An earlier apply could not revoke the token "+id+", a previous one of "+s.Name+". Applying this plan tries again.")
	}
	return diags
}

// WarnHidden warns of an earlier token of a resource that nothing can revoke.
func (r *Record) WarnHidden(id, words, successor string) diag.Diagnostic {
	// Terraform shows only the first of several warnings with one summary, and each id matters.
	return diag.NewWarningDiagnostic("The "+words+" "+r.Call(id)+" may still work",
		"It is a previous token of "+successor+", and the provider cannot revoke it, because no list shows it. It works "+r.UntilExpiry(id)+", unless its owner has deleted it.")
}

// UntilExpiry says how long a token of an earlier generation works that nobody revokes.
func (r *Record) UntilExpiry(id string) string {
	token := r.Earlier[id]
	if token.Name == "" && token.Expiry == nil {
		return "until it expires (the provider does not know when)"
	}
	return Until(token.Expiry)
}

// Until says how long a token works that nobody revokes; nil stands for one that never expires.
func Until(expires *time.Time) string {
	if expires == nil {
		return "indefinitely, because it never expires"
	}
	return "until it expires at " + Format(*expires)
}
