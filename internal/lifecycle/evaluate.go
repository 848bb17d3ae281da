package lifecycle

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// expected is how long a token would live that is minted now with the arguments of a plan, as far as a state's token tells. One
// that was imported, or minted with a lifetime that is not wanted any more, tells nothing about the server's default.
func (l life[M, P, R]) expected(plan, state P, record rotation.Record) time.Duration {
	lifetime := askedLifetime(plan)
	if names := namesOf(plan); names != nil && (names.Lifetime.IsUnknown() || lifetime == 0 && (record.Imported || record.AskedLifetime > 0)) {
		return 0
	}
	return record.Expected(lifetime, rotation.Instant(state.Shared().CreatedAt), rotation.Instant(state.Shared().ExpiresAt))
}

// evaluate takes the decision about a token: what the clock says about its real age and expiry.
func (l life[M, P, R]) evaluate(m P, record rotation.Record, warning time.Duration) rotation.Decision {
	policy, known := l.schedule(m, record, warning)
	return rotation.Evaluate(policy, known, l.server.Now())
}

// dueAt is when time alone rotates a token, or has it replaced because it has expired. It follows from the state and the record alone.
func (l life[M, P, R]) dueAt(m P, record rotation.Record) rotation.TimeText {
	policy, known := l.schedule(m, record, 0)
	return rotation.TimeValue(rotation.Earliest(rotation.DueAt(policy, known), known.ExpiresAt))
}

func (l life[M, P, R]) schedule(m P, record rotation.Record, warning time.Duration) (rotation.Policy, rotation.Life) {
	t := m.Shared()
	return t.Policy(warning, l.expected(m, m, record)), t.Previous.Life(record.Minted(rotation.Instant(t.CreatedAt)), record.End(rotation.Instant(t.ExpiresAt)))
}

// planDueAt plans when a token that stays is due. Where nothing changes that, it is as the state has it: an older version left it out,
// which the next refresh makes up for.
func (l life[M, P, R]) planDueAt(p Planning[P]) rotation.TimeText {
	m, s := p.Plan.Shared(), p.State.Shared()
	isChanged, known := m.IsRescheduled(s.Rotating)
	isMoved := l.movesExpiry(p)
	if named := namesOf(p.Plan); named != nil {
		isChanged, known = isChanged || !named.Lifetime.Equal(namesOf(p.State).Lifetime), known && !named.Lifetime.IsUnknown()
	}
	switch {
	case isMoved, isChanged && !known:
		return rotation.UnknownTime()
	case isChanged:
		return l.dueAt(p.Plan, p.Record)
	}
	return s.RotationDueAt
}

// refuse is what stops a mint before anything is sent: what time or the server has brought about since the configuration was written.
// A plan only warns of it, because Terraform also plans before it destroys.
func (l life[M, P, R]) refuse(ctx context.Context, s succession[P]) diag.Diagnostics {
	diags := l.refuseMint(ctx, s)
	if problem := l.expiryPassed(s.asked); problem != "" {
		diags.AddAttributeError(at("expires_at"), summaryExpired, problem)
	}
	if s.state != nil {
		action := rotation.ActionFor(s.reason, s.plan.Shared().Overlap)
		diags.Append(l.refuseNext(Planning[P]{Config: l.appliedConfig(ctx, s), Plan: s.plan, State: s.state}, action)...)
		if problem := idUnknown(s.state, s.reason); problem != "" {
			diags.AddAttributeError(at("id"), summaryIDUnknown, problem)
		}
		diags.Append(rotation.CheckRotateBefore(s.plan.Shared().Rotating, l.expected(s.plan, s.state, s.record))...)
		if action == rotation.Replace && !diags.HasError() {
			// Without an overlap only a replacement that has to be refused is planned in place.
			diags.AddError("The plan is out of date", "The token "+subject(s.state)+" was not touched. When this plan was made, its replacement would have been refused, and that has changed. Plan again.")
		}
	}
	return diags
}

// appliedConfig is what a mint asks for, as a configuration: with what ignore_changes keeps, which an apply's own configuration may have no
// more, and without what the plan has only kept from the previous token.
func (l life[M, P, R]) appliedConfig(ctx context.Context, s succession[P]) P {
	asked := clone(s.asked)
	rotation.NullUnknown(ctx, asked)
	rotation.KeepOmitted(asked, s.config, s.config, l.kind.Arguments().Kept...)
	return asked
}

// summaryExpired is the summary for an expiry that a new token would not live to see.
const summaryExpired = "The token would be expired when it is minted"

// expiryPassed says that the expiry of a plan or a configuration has passed; empty if it has not.
func (l life[M, P, R]) expiryPassed(m P) string {
	expiry := rotation.Instant(m.Shared().ExpiresAt)
	if expiry == nil {
		return ""
	}
	kept := expiry.Truncate(max(l.kind.Arguments().Within, 1))
	if !rotation.Expired(&kept, l.server.Now()) {
		return ""
	}
	return "Attribute expires_at asks for an expiry at " + rotation.Format(*expiry) + ", which has passed. Choose a later time, or set lifetime instead, which counts from every mint."
}
