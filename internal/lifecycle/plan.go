package lifecycle

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// verdict is what a plan does with a token: how it gives way, if it does, and the arguments that force a replacement.
type verdict struct {
	action  rotation.Action
	replace path.Paths
}

// completeImported takes into the state of an imported token what only a plan tells of it.
func (l life[M, P, R]) completeImported(ctx context.Context, p Planning[P]) {
	if completer, ok := l.kind.(Completer[P]); ok && p.Record.Imported {
		completer.Complete(ctx, p.State, p.Plan)
	}
}

// planCreate completes the plan of a new token.
func planCreate[P Model](p Planning[P]) {
	setSecret(p.Plan, p.Plan.Shared().PlanMint())
	p.Plan.Shared().Previous = rotation.NoPrevious()
}

// planChange completes the plan of a token that exists: it is kept, replaced, or rotated in place. It decides from configuration,
// state and the record that Read has left; it never reads a clock, because Terraform plans again when it applies, and both plans
// must agree.
func (l life[M, P, R]) planChange(ctx context.Context, p Planning[P]) (verdict, diag.Diagnostics) {
	arguments := l.kind.Arguments()
	kept, next := clone(p.Plan), clone(p.Plan)
	keep := Planning[P]{Config: p.Config, Plan: kept, State: p.State, Record: p.Record}
	diags := l.planKeep(keep)
	reason, changed := l.reasonFor(keep)
	overlap := p.Plan.Shared().Overlap
	*p.Plan = *kept
	moved := rotation.Differing(p.Plan, p.State, arguments.Replaced...)
	action := rotation.ActionFor(reason, overlap)
	if len(moved) > 0 {
		reason, action = rotation.ReasonChanged, rotation.Replace
	}
	wished := l.judgedConfig(p)
	refused := l.refuseNext(wished, action)
	if reason.ByItself() && !l.editsExpiry(wished) {
		// No clock chooses the action: Terraform plans again when it applies.
		refused.Append(l.checkMint(wished, action, rotation.Instant(p.State.Shared().CreatedAt))...)
	} else if breached := l.checkMint(wished, action, nil); breached.HasError() {
		return verdict{action: action}, append(refused, breached...)
	}
	if refused.HasError() && reason.ByItself() {
		// It is refused when it is applied, and only an update can do that: a creation does not know what it follows.
		action, refused = rotation.RotateInPlace, rotation.WarnOfRefusal(refused)
	}
	switch {
	case len(moved) > 0:
		return verdict{action, moved}, refused
	case action == rotation.Keep:
		diags.Append(l.warnings(l.judgedConfig(keep))...)
	case action == rotation.Replace:
		if reason == rotation.ReasonTriggered {
			changed = append(changed, at("rotation_triggers"))
		}
		if reason.ByItself() {
			// A replacement takes an attribute that becomes unknown; a path alone is ignored. The status shows the reason.
			p.Plan.Shared().ID, p.Plan.Shared().Status = types.StringUnknown(), types.StringUnknown()
			changed = append(changed, at("status"))
		}
		return verdict{action, changed}, refused
	case action == rotation.RotateInPlace:
		asked, left := l.askedConfig(Planning[P]{Config: p.Config, Plan: next, State: p.State, Record: p.Record})
		l.planNext(ctx, asked, reason)
		*p.Plan = *next
		if assumed := assume(p); l.holdsFor(assumed) == rotation.ReasonNone {
			// It depends on values that are not known yet, and may turn out not to be necessary.
			rotation.UnknownUnlessEqual(ctx, p.Plan, kept)
		}
		rotation.KeepGiven(p.Plan, p.State, left...)
		diags = append(refused, l.warnIgnored(p.Config, left)...)
		if problem := idUnknown(p.State, reason); problem != "" {
			diags.AddAttributeWarning(at("id"), summaryIDUnknown, problem+" Applying this plan fails.")
		}
		if overlap.IsUnknown() && reason != rotation.ReasonMissing {
			diags.Append(rotation.UnknownOverlap())
		}
	}
	return verdict{action: action}, diags
}

// refuseNext is what the kind refuses of a token that is to follow the state's; nothing where none is.
func (l life[M, P, R]) refuseNext(p Planning[P], action rotation.Action) diag.Diagnostics {
	refuser, ok := l.kind.(Refuser[P])
	if !ok || action == rotation.Keep {
		return nil
	}
	return refuser.Refuse(p.Config, p.State, action)
}

// assume is a plan in which every value that is not known yet turns out as it was.
func assume[M any, P ModelOf[M]](p Planning[P]) Planning[P] {
	config, plan := clone(p.Config), clone(p.Plan)
	rotation.AsIfUnchanged(plan, p.Config, p.State)
	rotation.AsIfUnchanged(config, p.Config, p.State)
	return Planning[P]{Config: config, Plan: plan, State: p.State, Record: p.Record}
}

// holdsFor is the reason that an assumed plan has.
func (l life[M, P, R]) holdsFor(p Planning[P]) rotation.Reason {
	_ = l.planKeep(p)
	reason, _ := l.reasonFor(p)
	return reason
}

// reasonFor is why a planned token gives way, if it does, and the changed arguments that only a new token can have.
func (l life[M, P, R]) reasonFor(p Planning[P]) (rotation.Reason, path.Paths) {
	changed := rotation.Differing(p.Plan, p.State, l.kind.Arguments().Renewed...)
	reason := rotation.ReasonFor(p.Plan.Shared().Rotating, p.State.Shared().Rotating, p.State.Shared().Status, p.Record)
	if reason == rotation.ReasonNone && len(changed) > 0 {
		reason = rotation.ReasonChanged
	}
	return reason, changed
}

// planKeep completes the plan of a token that stays.
func (l life[M, P, R]) planKeep(p Planning[P]) diag.Diagnostics {
	arguments := l.kind.Arguments()
	m, s := p.Plan.Shared(), p.State.Shared()
	m.ID, m.CreatedAt, m.Status, m.SecretVersion = s.ID, s.CreatedAt, p.Record.PlanStatus(s.Status), s.SecretVersion
	rotation.KeepOmitted(p.Plan, p.Config, p.State, arguments.Kept...)
	if names := namesOf(p.Plan); names != nil {
		config, state := namesOf(p.Config), namesOf(p.State)
		named := rotation.PlanName(rotation.Naming{Name: config.Name, Prefix: config.NamePrefix}, rotation.Naming{Name: state.Name, Prefix: state.NamePrefix})
		names.Name, names.NamePrefix = named.Name, named.Prefix
	}
	m.ExpiresAt = planExpiry(p, s.ExpiresAt, arguments)
	if planner, ok := l.kind.(Planner[P]); ok {
		planner.PlanKeep(p)
	}
	m.RotationDueAt = l.planDueAt(p)
	stored, diags := m.PlanStored(s.Rotating, storedSecret(p.State))
	setSecret(p.Plan, stored)
	m.Previous = planStored(m.Rotating, s, s.Plan(p.Record))
	return diags
}

// planExpiry plans the expiry: what the configuration says, in the state's text as long as it means the same, or else the given.
func planExpiry[P Model](p Planning[P], otherwise rotation.TimeText, arguments Arguments) rotation.TimeText {
	config, state := p.Config.Shared().ExpiresAt, p.State.Shared().ExpiresAt
	switch {
	case config.IsNull():
		return otherwise
	case config.IsUnknown():
		// It may turn out to be null, and then the other arguments decide.
		return rotation.UnknownTime()
	case Row{Expiry: rotation.Instant(state), Within: arguments.Within}.expiresAt(rotation.Instant(config)):
		return state
	}
	return config
}

// movesExpiry reports whether the plan of a token that stays gives it another expiry. With ignore_changes naming expires_at it has to show
// the earlier one, and never_expires tells.
func (l life[M, P, R]) movesExpiry(p Planning[P]) bool {
	state := p.State.Shared().ExpiresAt
	return !p.Plan.Shared().ExpiresAt.Equal(state) || l.neverExpires(p.Plan).ValueBool() && p.Record.End(rotation.Instant(state)) != nil
}

// planStored plans how the secret of the previous token is stored: new recipients encrypt what is in plain text. What the
// diagnostics would say is said of the current secret.
func planStored(m rotation.Rotating, state *Token, previous rotation.Previous) rotation.Previous {
	if previous.HasPrevious() {
		stored, _ := m.PlanStored(state.Rotating, rotation.StoredSecret{Plain: previous.PreviousSecret, Encrypted: previous.PreviousEncryptedSecret})
		previous.PreviousSecret, previous.PreviousEncryptedSecret = stored.Plain, stored.Encrypted
	}
	return previous
}

// EditsLifetime reports whether the plan of a token that stays asks for another lifetime than the token has. An import leaves the
// argument out of the state, and then the token tells.
func EditsLifetime[P Model](p Planning[P]) bool {
	config, state := namesOf(p.Config).Lifetime, namesOf(p.State).Lifetime
	lifetime, isSet := rotation.Duration(config)
	token := p.State.Shared()
	if p.Record.Imported && state.IsNull() && isSet && rotation.LivesFor(rotation.Instant(token.CreatedAt), rotation.Instant(token.ExpiresAt), lifetime) {
		return false
	}
	return !config.IsNull() && !namesOf(p.Plan).Lifetime.Equal(state)
}

// planNext completes the plan of the token that follows in place of the state's.
func (l life[M, P, R]) planNext(ctx context.Context, p Planning[P], reason rotation.Reason) {
	arguments := l.kind.Arguments()
	m, s := p.Plan.Shared(), p.State.Shared()
	m.ID, m.Status, m.CreatedAt, m.SecretVersion = types.StringUnknown(), types.StringUnknown(), rotation.UnknownTime(), types.Int64Unknown()
	m.RotationDueAt = rotation.UnknownTime()
	if names := namesOf(p.Plan); names != nil {
		config := namesOf(p.Config)
		names.Name, names.NamePrefix = config.Name, config.NamePrefix
		if config.Name.IsNull() {
			names.Name = types.StringUnknown()
		}
	}
	m.ExpiresAt = planExpiry(p, rotation.UnknownTime(), arguments)
	// What the token was minted without, the next one is minted without, too: what the server makes of that is its own.
	rotation.KeepOmitted(p.Plan, p.Config, p.State, arguments.Kept...)
	rotation.UnknownIfNull(ctx, p.Plan, arguments.Kept...)
	if planner, ok := l.kind.(Planner[P]); ok {
		planner.PlanNext(p)
	}
	stored, _ := m.PlanStored(s.Rotating, storedSecret(p.State))
	m.Previous = planStored(m.Rotating, s, s.Previous).PlanNext(rotation.Generation{ID: s.ID, Secret: stored}, reason, p.Record.PreviousDue)
	if m.Overlap.IsNull() && !reason.Ended() {
		m.Previous = rotation.NoPrevious()
	}
	setSecret(p.Plan, m.PlanMint())
}

// warnings are what there is to say about a token that stays.
func (l life[M, P, R]) warnings(p Planning[P]) diag.Diagnostics {
	record := p.Record
	// An expiry that is about to be moved is none to warn of.
	record.Ending = record.Ending && !l.movesExpiry(p)
	ender, ok := l.kind.(Ender)
	about := rotation.Subject{
		Words: l.report.Noun().Words, Name: subject(p.State), EndsByItself: ok && ender.Ends(), EndIsFixed: !p.Config.Shared().ExpiresAt.IsNull(),
		MintedAt: record.Minted(rotation.Instant(p.State.Shared().CreatedAt)),
	}
	return about.Warnings(p.Plan.Shared().Rotating, p.State.Shared().Previous, p.Plan.Shared().ExpiresAt, record)
}

// check tries the credential while it is still a plan, so that a run that cannot mint fails with one error before it begins, and
// refuses what the server would refuse. Without a connection only the configuration is checked.
func (l life[M, P, R]) check(ctx context.Context, p Planning[P], action rotation.Action, isConnected bool) diag.Diagnostics {
	var diags diag.Diagnostics
	mints := action != rotation.Keep
	switch action {
	case rotation.Create:
		diags.Append(l.checkMint(p, action, nil)...)
	case rotation.Keep:
		diags.Append(l.checkKept(p)...)
	case rotation.Replace, rotation.RotateInPlace:
		// It was checked where a refusal decides about the action.
	}
	if connector, ok := l.kind.(Connector[P]); ok && mints && isConnected {
		if err := connector.Connect(ctx, p.Plan); err != nil {
			if !l.report.Shared(err) {
				diags.Append(l.report.Failure(system.Create, err))
			}
			return diags
		}
	}
	if checker, ok := l.kind.(Checker[P]); ok {
		diags.Append(checker.Check(ctx, p, action)...)
	}
	if action == rotation.Replace && isConnected && l.isStandIn(p.State) && p.State.Shared().Status.ValueString() != rotation.StatusExpired {
		diags.Append(l.warnIrrevocable(p.State, p.Record))
	}
	isAsked := mints || !p.Plan.Shared().ExpiresAt.Equal(p.State.Shared().ExpiresAt)
	if isAsked && isConnected {
		asked, _ := l.askedConfig(p)
		if problem := l.expiryPassed(asked.Config); problem != "" {
			summary := summaryExpired
			if !mints {
				summary = "The token would be expired at once"
			}
			diags.AddAttributeWarning(at("expires_at"), summary, problem+" Applying this plan fails.")
		}
	}
	// A lifetime that the configuration asks for is its author's to change; what the server grants is only warned of.
	refused := rotation.CheckRotateBefore(p.Plan.Shared().Rotating, askedLifetime(p.Plan))
	if p.State != nil && !refused.HasError() {
		warn := rotation.WarnRotateBefore
		if action == rotation.RotateInPlace {
			warn = rotation.WarnRefusedRotateBefore
		}
		refused = warn(p.Plan.Shared().Rotating, l.expected(p.Plan, p.State, p.Record))
	}
	refused.Append(rotation.CheckRotateAfter(p.Plan.Shared().Rotating, askedLifetime(p.Plan))...)
	diags.Append(refused...)
	if mints && isConnected && !diags.HasError() {
		diags.Append(l.foresee(ctx, p, action)...)
	}
	return diags
}

// askedLifetime is the lifetime that a plan asks for; 0 for none.
func askedLifetime(m Model) time.Duration {
	if names := namesOf(m); names != nil {
		lifetime, _ := rotation.Duration(names.Lifetime)
		return lifetime
	}
	return 0
}

// summaryIDUnknown is the summary for a rotation in place of a token that could not be revoked afterwards.
const summaryIDUnknown = "The id of the token is not known yet"

// idUnknown says why a token cannot be rotated in place whose id could not be found; empty if it can be. A token that has ended is not
// kept for an overlap.
func idUnknown(state Model, reason rotation.Reason) string {
	if !state.Shared().ID.IsNull() || reason.Ended() {
		return ""
	}
	return "The id of the token could not be found when it was minted, and without it the token could not be revoked after its overlap. " + adviceUnidentified(state)
}
