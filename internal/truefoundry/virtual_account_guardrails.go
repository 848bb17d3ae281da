package truefoundry

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// The guardrails of the provider block, as they hold for an account's token.

// guarded is the token of a plan, as guardrails judge it. Life is how long a token lives that is issued now, where the active one tells;
// without a client the time is not known.
func (m *virtualAccountModel) guarded(client *api.Client, life time.Duration) rotation.Guarded {
	token := m.guardedArguments()
	token.Lives = life
	switch day, isDay := api.ParseEnd(m.ExpirationDate.ValueString()); {
	case m.ExpirationDate.IsUnknown(), !m.AutoRotate.IsNull() && token.Age == 0, isDay && client == nil:
		token.LivesUnknown = true
	case isDay:
		token.Lives = rotation.LifeBetween(client.Now(), *day.Moment())
	}
	return token
}

// guardedState is the token of a state that stays, as guardrails judge it; its arguments are those of the plan.
func (m *virtualAccountModel) guardedState(state virtualAccountModel, record *accountRecord) rotation.Guarded {
	expiry, issued := rotation.Instant(state.ExpiresAt), record.issued
	arguments := *m
	if expiry == nil {
		// It has no effect.
		arguments.RotateBeforeExpiry = rotation.DurationText{}
	}
	token := arguments.guardedArguments()
	token.Name = state.subject()
	switch isIssued := !issued.At.IsZero() && issued.JWTID == state.JWTID.ValueString(); {
	case expiry == nil:
		// The account's own expiry has been judged.
		token.LivesUnknown = isKnown(m.ExpirationDate)
	case !isIssued:
		token.LivesUnknown = true
	default:
		token.Lives = rotation.LifeBetween(issued.At, *expiry)
	}
	return token
}

// guardedArguments is what the arguments tell alone.
func (m *virtualAccountModel) guardedArguments() rotation.Guarded {
	token := rotation.GuardedToken(m.Rotating)
	token.Rotates = !m.AutoRotate.IsNull() || token.Rotates && !m.hasMapping()
	token.StoresPlain = token.StoresPlain && m.StoreToken.ValueBool()
	switch token.BoundByAge(m.RotateAfter, m.Overlap); {
	case !m.AutoRotate.IsNull():
		token.Age = m.autoRotateAge()
	case m.hasMapping():
		token.Age = 0
	}
	token.Lifetime = rotation.Remedy{
		Argument: "expiration_date", Advice: "Set expiration_date to an earlier day. Or set rotate_after: together with overlap, it must be within this limit; or auto_rotate: its auto_rotate_interval and grace_period together.",
	}
	token.Rotation = rotation.Remedy{Argument: "auto_rotate", Advice: "Set rotate_after, auto_rotate or rotation_triggers; or rotate_before_expiry where the control plane's tokens expire."}
	return token
}

// autoRotateAge is after how long TrueFoundry's own rotation has revoked a token; 0 where there is none, or where that is not known.
func (m *virtualAccountModel) autoRotateAge() time.Duration {
	var days int64
	for _, name := range []string{"auto_rotate_interval", "grace_period"} {
		value, _ := m.AutoRotate.Attributes()[name].(types.Int64)
		if !isKnown(value) {
			return 0
		}
		days += value.ValueInt64()
	}
	return time.Duration(days) * 24 * time.Hour
}

// checkKept judges a token that stays, by its plan.
func (r *virtualAccountResource) checkKept(client *api.Client, plan, state virtualAccountModel, record *accountRecord) diag.Diagnostics {
	return r.Guardrails().CheckKept(plan.guarded(client, record.expectedLife(state)), plan.guardedState(state, record), rotation.Edited{
		Lifetime:   !plan.ExpirationDate.Equal(state.ExpirationDate) || !plan.AutoRotate.Equal(state.AutoRotate) || !plan.RotateAfter.Equal(state.RotateAfter) || !plan.Overlap.Equal(state.Overlap),
		Rotation:   !plan.RotateBeforeExpiry.Equal(state.RotateBeforeExpiry) || !plan.RotateAfter.Equal(state.RotateAfter) || !plan.RotationTriggers.Equal(state.RotationTriggers) || !plan.AutoRotate.Equal(state.AutoRotate),
		Encryption: !plan.EncryptSecretTo.Equal(state.EncryptSecretTo) || !plan.StoreToken.Equal(state.StoreToken),
	})
}

// planGuardrails is what the plan of an account that exists says of the guardrails. A rotation that time or the server brings about is
// refused when it is applied.
func (r *virtualAccountResource) planGuardrails(client *api.Client, plan, state virtualAccountModel, record *accountRecord, isRotated bool) diag.Diagnostics {
	if !isRotated {
		return r.checkKept(client, plan, state, record)
	}
	refused := r.Guardrails().Check(plan.guarded(client, record.expectedLife(state)))
	if !rotation.Triggered(state.RotationTriggers, plan.RotationTriggers) {
		return rotation.WarnOfRefusal(refused)
	}
	return refused
}

// refuse refuses an apply before anything is sent.
func (r *virtualAccountResource) refuse(client *api.Client, plan, state virtualAccountModel, record *accountRecord, isRotated bool) diag.Diagnostics {
	if !isRotated {
		return r.checkKept(client, plan, state, record).Errors()
	}
	return r.Guardrails().Check(plan.guarded(client, record.expectedLife(state)))
}
