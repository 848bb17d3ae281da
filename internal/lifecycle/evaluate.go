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

// evaluate takes the decision about a token: what the clock says about its real expiry.
func (l life[M, P, R]) evaluate(m P, record rotation.Record, warning time.Duration) rotation.Decision {
	lead, _ := rotation.Duration(m.Shared().RotateBeforeExpiry)
	policy := rotation.Policy{RotateBefore: lead, Warning: warning, Expected: l.expected(m, m, record)}
	return rotation.Evaluate(policy, m.Shared().Previous.Life(record.End(rotation.Instant(m.Shared().ExpiresAt))), l.server.Now())
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
		diags.Append(l.refuseNext(Planning[P]{Config: s.config, Plan: s.plan, State: s.state}, action)...)
		if problem := idUnknown(s.state, s.reason); problem != "" {
			diags.AddAttributeError(at("id"), summaryIDUnknown, problem)
		}
		diags.Append(rotation.CheckRotateBefore(s.plan.Shared().Rotating, l.expected(s.plan, s.state, s.record))...)
	}
	return diags
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
