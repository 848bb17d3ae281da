package lifecycle

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// The guardrails of the provider block hold for what is minted and for what is changed. A token that only exists is warned of.

// checkMint refuses a token that is minted as a configuration says and breaks a rule; nothing where none is minted. An
// expiry counts from a moment; nil stands for now.
func (l life[M, P, R]) checkMint(p Planning[P], action rotation.Action, from *time.Time) diag.Diagnostics {
	if action == rotation.Keep {
		return nil
	}
	return l.guardrails.Check(l.guarded(p, action, from))
}

// checkKept judges a token that stays.
func (l life[M, P, R]) checkKept(p Planning[P]) diag.Diagnostics {
	plan, state := p.Plan.Shared(), p.State.Shared()
	asked, token := l.guarded(p, rotation.Keep, rotation.Instant(state.CreatedAt)), l.guardedToken(p)
	token.Age = asked.Age
	if !plan.ExpiresAt.Equal(state.ExpiresAt) {
		// The plan moves the expiry to what is asked for.
		name := token.Name
		token = asked
		token.Name = name
	}
	return l.guardrails.CheckKept(asked, token, rotation.Edited{
		Lifetime:   l.editsExpiry(p),
		Rotation:   !plan.RotateBeforeExpiry.Equal(state.RotateBeforeExpiry) || !plan.RotateAfter.Equal(state.RotateAfter) || !plan.RotationTriggers.Equal(state.RotationTriggers),
		Encryption: !plan.EncryptSecretTo.Equal(state.EncryptSecretTo),
	})
}

// refuseChange is [life.checkKept] in an apply, which knows what a plan may not have known. The warnings were shown with the plan.
func (l life[M, P, R]) refuseChange(s succession[P]) diag.Diagnostics {
	return l.checkKept(Planning[P]{Config: s.config, Plan: s.plan, State: s.stored, Record: s.record}).Errors()
}

// refuseMint is [life.checkMint] in an apply. What is not known there is computed, and nobody asked for it.
func (l life[M, P, R]) refuseMint(ctx context.Context, s succession[P]) diag.Diagnostics {
	asked := clone(s.asked)
	rotation.NullUnknown(ctx, asked)
	action := rotation.Create
	if s.state != nil {
		action = rotation.ActionFor(s.reason, s.plan.Shared().Overlap)
	}
	return l.checkMint(Planning[P]{Config: asked, Plan: s.plan, State: s.state, Record: s.record}, action, nil)
}

// editsExpiry reports whether the configuration of a token that stays asks for another expiry than before. That somebody else has moved it
// is no edit. Where tokens have no lifetime of their own, their age is what bounds them.
func (l life[M, P, R]) editsExpiry(p Planning[P]) bool {
	names, expiry := namesOf(p.Plan), p.Config.Shared().ExpiresAt
	isMovedBack := p.Record.ExpiryMoved && rotation.SameInstant(p.Record.GrantedExpiry, rotation.Instant(expiry))
	plan, state := p.Plan.Shared(), p.State.Shared()
	return names != nil && !names.Lifetime.Equal(namesOf(p.State).Lifetime) ||
		names == nil && !(plan.RotateAfter.Equal(state.RotateAfter) && plan.Overlap.Equal(state.Overlap)) ||
		!expiry.IsNull() && !p.Plan.Shared().ExpiresAt.Equal(p.State.Shared().ExpiresAt) && !isMovedBack ||
		l.neverExpires(p.Config).ValueBool() && !l.neverExpires(p.State).ValueBool()
}

// neverExpires is whether a model asks for a token that never expires; null where it does not say.
func (l life[M, P, R]) neverExpires(m P) types.Bool {
	if kind, ok := l.kind.(Unlimited[P]); ok {
		return kind.NeverExpires(m)
	}
	return types.BoolNull()
}

// guarded is the token that a configuration asks for, as guardrails judge it. An expiry counts from a moment; nil stands for now.
func (l life[M, P, R]) guarded(p Planning[P], action rotation.Action, from *time.Time) rotation.Guarded {
	config, names := p.Config.Shared(), namesOf(p.Config)
	token, never, expiry := rotation.GuardedToken(config.Rotating), l.neverExpires(p.Config), rotation.Instant(config.ExpiresAt)
	if from == nil && l.server.Now != nil {
		now := l.server.Now()
		from = &now
	}
	switch {
	case names == nil:
		token.BoundByAge(config.RotateAfter, config.Overlap)
		if action == rotation.Keep || action == rotation.RotateInPlace {
			// The creation of a replacement does not know the earlier token, which tells, and must come to the same.
			token.Lives = l.expected(p.Plan, p.State, p.Record)
		}
	case names.Lifetime.IsUnknown() || config.ExpiresAt.IsUnknown() || never.IsUnknown() || expiry != nil && from == nil:
		token.LivesUnknown = true
	case never.ValueBool():
		token.Lifetime = rotation.Remedy{Argument: "never_expires", Advice: "Set lifetime within this limit instead of never_expires."}
	case expiry != nil:
		token.Lives = rotation.LifeBetween(*from, *expiry)
		token.Lifetime = rotation.Remedy{Argument: "expires_at", Advice: "Set an earlier expires_at, or lifetime instead."}
	default:
		token.Lives = askedLifetime(p.Config)
		token.Lifetime = rotation.Remedy{Argument: "lifetime", Advice: "Set lifetime within this limit."}
	}
	return token
}

// guardedToken is the token of a state, as guardrails judge it.
func (l life[M, P, R]) guardedToken(p Planning[P]) rotation.Guarded {
	state := p.State.Shared()
	created, expiry := rotation.Instant(state.CreatedAt), p.Record.End(rotation.Instant(state.ExpiresAt))
	arguments := p.Config.Shared().Rotating
	if expiry == nil {
		// It has no effect.
		arguments.RotateBeforeExpiry = rotation.DurationText{}
	}
	token := rotation.GuardedToken(arguments)
	token.Name = subject(p.State)
	token.Lifetime = rotation.Remedy{Argument: "expires_at", Advice: "Its arguments obey the rule, and so will the next token: rotate or replace this one (terraform apply -replace)."}
	switch {
	case expiry == nil:
	case created == nil:
		token.LivesUnknown = true
	default:
		token.Lives = rotation.LifeBetween(*created, *expiry)
	}
	return token
}
