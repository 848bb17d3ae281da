package randomrun

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// refresh reads what there is, or does without. It reports whether the run goes on.
func (r *randomRun) refresh() bool {
	r.t.Helper()
	if r.w.Object == nil && len(r.w.Deposed) == 0 {
		r.refreshed()
		return true
	}
	if r.OneIn(8) {
		r.note("no refresh")
		r.stale, r.calm = true, false
		return true
	}
	if r.OneIn(10) {
		r.fault()
	}
	diagnostics := r.w.Refresh()
	r.peace()
	r.note("refresh: %s", diagnostics)
	if failure := diagnostics.Errors().String(); failure != "" {
		isStored := slices.ContainsFunc(r.Stored(), func(k Token) bool { return strings.Contains(failure, k.ID) })
		if strings.Contains(failure, "Run again in two minutes") && !isStored {
			// A token that was made a moment ago, and deleted since by a request whose answer was lost.
			r.note("that is done")
			r.Clock.Advance(settled)
		} else if !r.troubled {
			r.t.Errorf("the refresh has failed: %s", failure)
		}
		r.troubled = false
		return false
	}
	r.refreshed()
	if r.w.Object == nil {
		r.note("gone")
	}
	r.versioned(false)
	r.scheduled()
	// What is alive and was the object's may not be forgotten for a list that lacks it.
	r.accountFor(nil)
	return true
}

// refreshed notes that everything is known as it is now.
func (r *randomRun) refreshed() {
	r.stale, r.troubled, r.tampered, r.refreshedAt = false, false, false, r.Clock.Now()
}

// plan plans a configuration, in which something may not be known yet. It returns nil when that is refused, or when there is nothing to do.
func (r *randomRun) plan(config protocoltest.Values) *protocoltest.Saved {
	r.t.Helper()
	saved := r.w.Plan(config)
	if failure := errorsOf(saved); failure != "" {
		r.refused(failure)
		return nil
	}
	r.note("planned is %s of %v", saved.Action, saved.Changes())
	if saved.Creation != nil {
		r.conceals("the plan of the creation", saved.Creation)
	} else {
		r.conceals("the plan", saved.Plan)
	}
	if saved.Action == protocoltest.Nothing && len(r.w.Deposed) == 0 {
		return nil
	}
	if r.calm && saved.Action != protocoltest.Nothing && !r.pending(r.w.Object) {
		r.t.Errorf("%s is planned although nothing has happened, with changes of %v", saved.Action, saved.Changes())
	}
	return saved
}

// outdated reports whether Terraform refuses to apply a plan because its rotation in place has turned out to be a replacement. The plan has
// to warn of that.
func (r *randomRun) outdated(saved *protocoltest.Saved) bool {
	r.t.Helper()
	if !strings.Contains(saved.Diagnostics.Warnings().Summaries(), "The overlap is not known yet") || r.config["overlap"] != nil {
		return false
	}
	r.note("there is no overlap after all: Terraform refuses the plan")
	r.calm = false
	return true
}

// errorsOf are the errors of a plan, or of the creation in it.
func errorsOf(saved *protocoltest.Saved) string {
	if saved.Diagnostics.Failed() || saved.Creation == nil {
		return saved.Diagnostics.Errors().String()
	}
	return saved.Creation.Diagnostics.Errors().String()
}

// refused goes back to arguments that were accepted. It fails the test unless a plan may be refused for this reason.
func (r *randomRun) refused(failure string) {
	r.t.Helper()
	r.note("refused: %s", failure)
	r.calm = false
	if !r.mayRefuse(failure) && !r.advised(failure) && !r.troubled && !r.tampered {
		r.t.Errorf("the plan has failed: %s", failure)
	}
	// What was accepted once may not be any more, such as a rotate_before_expiry that turns out to be too long.
	r.config = r.accepted.With(protocoltest.Values{"rotate_before_expiry": nil})
}

func (r *randomRun) mayRefuse(failure string) bool {
	return slices.ContainsFunc(r.Refusals, func(reason string) bool { return strings.Contains(failure, reason) })
}

// advised does what an error advises about the objects whose token is not known by its id.
func (r *randomRun) advised(failure string) bool {
	r.t.Helper()
	if r.Advised == nil {
		return false
	}
	advisedAny := false
	follow := func(of *protocoltest.Object) (removed bool) {
		if of == nil || of.Text(r.Current) != "" {
			return false
		}
		advised, removed := r.Advised(failure, r.secretOf(of))
		advisedAny = advisedAny || advised
		return removed
	}
	if r.w.Deposed = slices.DeleteFunc(r.w.Deposed, follow); follow(r.w.Object) {
		r.w.Object = nil
	}
	if advisedAny {
		r.note("what is advised is done")
		r.Clock.Advance(settled)
		r.stale, r.tampered, r.calm = true, true, false
	}
	return advisedAny
}

// judge fails the test for an error that has no reason. It reports whether there is one.
func (r *randomRun) judge(what string, diagnostics protocoltest.Diagnostics) bool {
	r.t.Helper()
	failure := diagnostics.Errors().String()
	if failure == "" {
		return false
	}
	if strings.Contains(failure, "Apply again in two minutes") {
		r.note("that is done")
		r.Clock.Advance(settled)
		return true
	}
	// A run without a refresh does not know what others have done.
	if !r.advised(failure) && !r.troubled && !r.tampered {
		r.t.Errorf("the %s has failed: %s", what, failure)
	}
	return true
}

// apply applies a plan, in a process that may die, and checks what becomes of it.
func (r *randomRun) apply(saved *protocoltest.Saved) {
	r.t.Helper()
	r.remember()
	before := r.w.Object
	minted, due := r.minted(), before != nil && r.due(before, r.refreshedAt)
	if before != nil && before.Text("status") != "expired" && r.endsWithin(before, r.Clock.Now(), 0) {
		// Also where the server does not tell when it expires: then it may be rotated with an overlap that no server grants.
		r.note("the token has expired since the refresh")
		r.doubt(before.Text(r.Current), r.secretOf(before))
		r.troubled = true
	}
	if r.stale && before != nil && before.Text(r.Current) == "" {
		r.note("the id is not known without a refresh")
		r.troubled = true
	}
	run := r.w.ApplyIn(r.Case.Start(r.network()), saved, r.config)
	r.peace()
	r.note("%s: failed in %q, dead %t: %s", run.Action, run.Failed, run.Dead, run.Diagnostics)
	if object := r.w.Object; object != nil {
		r.note("state %s, previous %s until %s, %s; private %s", object.Text(r.Current), object.Text("previous_id"),
			object.Text("previous_revoked_after"), object.Text("status"), object.Remembered())
	}
	r.calm = false
	if run.Planned != nil {
		r.conceals("the second plan", run.Planned)
	}
	r.accountForRun(run)
	r.hides(r.w.Object)
	r.versioned(run.Action == protocoltest.Replace || run.Action == protocoltest.Create)
	if object := r.w.Object; object != nil && (run.Dead || r.stale || r.tampered) {
		r.doubt(object.Text("previous_id"), r.previousSecret(object))
	}
	switch {
	case run.Dead && (r.DeletesStrangers || run.Failed == "destroy"):
		// It may have deleted the current token, too, and while that is young a list that lacks it proves nothing. Of a destruction a
		// run that does not refresh knows nothing.
		r.Clock.Advance(settled)
		r.tampered = true
	case run.Dead:
	case run.Failed == "plan", run.Failed == "apply" && r.mayRefuse(run.Diagnostics.Errors().String()):
		// What time or the server has brought about is refused when it is applied.
		r.refused(run.Diagnostics.Errors().String())
	case r.judge(run.Failed, run.Diagnostics):
	default:
		r.accepted = r.config
		if run.Action != protocoltest.Nothing {
			isNew := func(secret string) bool { return !slices.Contains(minted, secret) }
			r.hasCause(run, before, slices.ContainsFunc(r.minted(), isNew), due)
		}
		if run.Action == protocoltest.Rotate && r.Warns != nil {
			r.Warns(before, r.w.Object, run.Applied.Warnings().String(), r.stillNamed())
		}
		r.succeeded()
	}
	r.troubled = false
}

// minted are all secrets that were ever stored and are no stranger's.
func (r *randomRun) minted() []string {
	var secrets []string
	for _, token := range r.Stored() {
		if _, isStranger := r.strangers[token.ID]; !isStranger {
			secrets = append(secrets, token.Secret)
		}
	}
	return secrets
}

// hasCause fails the test for a rotation without a cause, and for a trigger without a rotation.
func (r *randomRun) hasCause(run protocoltest.Run, before *protocoltest.Object, minted, due bool) {
	r.t.Helper()
	if before == nil || before.Tainted || run.Planned == nil {
		return
	}
	// What is replaced for a value that is not known yet stays replaced whatever that turns out to be.
	changed := func(name string) bool {
		return !run.Planned.Attributes[name].Equal(before.Attributes[name]) || run.Action == protocoltest.Replace && !run.Saved.IsKnown(name)
	}
	triggered := changed("rotation_triggers") && !before.IsNull("rotation_triggers") && !run.Planned.IsNull("rotation_triggers")
	switch {
	case triggered && !minted && !r.tampered:
		r.t.Error("a trigger has changed, and nothing was minted")
	case !minted || changed("rotation_triggers") || r.tampered || r.drifted || due || slices.ContainsFunc(r.Needs, changed):
	case slices.Contains([]string{"expired", "missing", "due"}, before.Text("status")):
	default:
		r.t.Errorf("a token was minted without a cause: %s, changes of %v", run.Action, run.Planned.Changes())
	}
}

// stillNamed are the tokens that nothing proves to be the resource's, and that are still stored.
func (r *randomRun) stillNamed() []Token {
	return slices.DeleteFunc(r.Stored(), func(k Token) bool { _, isNamed := r.named[k.ID]; return !isNamed })
}

// conceals fails the test if a plan that encrypts secrets holds one in plain text.
func (r *randomRun) conceals(what string, plan *protocoltest.Plan) {
	r.t.Helper()
	if encrypts(plan.Attributes) {
		r.holdsNone(what, plan)
	}
}

// encrypts reports whether attributes name recipients.
func encrypts(of protocoltest.Attributes) bool {
	var recipients []tftypes.Value
	return of.IsKnown("encrypt_secret_to") && of["encrypt_secret_to"].As(&recipients) == nil && len(recipients) > 0
}
