//go:build unix

package provider_test

import (
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// crash applies with faults that do the work and never answer, and kills Terraform and the provider, without a chance to say goodbye,
// once every fault has met its request or no further one does.
func (w *workshop) crash(o order, faults ...fakeapi.Filter) {
	w.t.Helper()
	w.write(o.configuration())
	for _, route := range faults {
		if err := w.sandbox.Faults().Add(fakeapi.Fault{System: route.System, Method: route.Method, Route: route.Route, Fault: "hang-after"}); err != nil {
			w.t.Fatal(err)
		}
	}
	command := exec.Command(w.tools.terraform, "apply", "-no-color", "-auto-approve")
	command.Dir = w.folder
	for name, value := range w.env {
		command.Env = append(command.Env, name+"="+value)
	}
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Stdout, command.Stderr = &w.printed, &w.printed
	if err := command.Start(); err != nil {
		w.t.Fatal(err)
	}
	pending, quiet := len(faults), time.Now()
	for pending > 0 && time.Since(quiet) < 4*time.Second {
		time.Sleep(20 * time.Millisecond)
		if now := len(w.sandbox.Faults().Pending()); now != pending {
			pending, quiet = now, time.Now()
		}
	}
	// What else is at work may end, so that each member is cut off where its fault says.
	for count, since := -1, time.Now(); time.Since(since) < 800*time.Millisecond; time.Sleep(20 * time.Millisecond) {
		if now := w.sandbox.Journal().Count(fakeapi.Filter{}); now != count {
			count, since = now, time.Now()
		}
	}
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL); err != nil {
		w.t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		w.t.Fatal("the apply ended before it was killed")
	}
	if left := w.sandbox.Faults().Pending(); len(left) > 0 {
		w.t.Errorf("no request met %+v", left)
	}
	w.sandbox.Faults().Clear()
}

// TestAccRotation_crash kills Terraform and the provider in the middle of rotations: after the mint, after the revocation of the
// generation before, after the old token's end was set. The state knows nothing of it then, and the next apply mends it.
func TestAccRotation_crash(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	generation := func(n string) order { return order{triggers: n, overlap: true} }
	w.apply(generation("1"))
	w.apply(generation("2"))
	w.balanced(each(2))
	before := w.tokens()
	var mints, revocations []fakeapi.Filter
	for _, m := range fleet() {
		mints = append(mints, m.mint)
		if m.overlap != "" {
			revocations = append(revocations, m.revoke)
		}
	}

	t.Log("killed after the mint")
	w.crash(generation("3"), mints...)
	// Of several warnings under one headline Terraform shows people the first one only, and programs all.
	w.mended(before, w.mustRun("apply", "-json", "-auto-approve"))
	w.unchanged()

	t.Log("killed after the revocation of the older generation")
	before = w.tokens()
	w.crash(generation("4"), revocations...)
	w.mended(before, w.apply(generation("4")))
	w.unchanged()

	t.Log("killed after the end of the old token was set")
	before = w.tokens()
	w.crash(generation("5"), fakeapi.Filter{System: "sailpoint", Method: "PATCH", Route: sailpointItem})
	w.mended(before, w.apply(generation("5")))
	w.unchanged()

	w.sandbox.Clock().Advance(overlap + hour)
	w.apply(generation("5"))
	w.balanced(each(1))
	w.destroyed()
}

// mended fails the test unless there are, of every member, a new current token and the one of before, both known to the state, and
// nothing else but what cannot be told for an orphan.
func (w *workshop) mended(before map[string]generations, output string) {
	w.t.Helper()
	after := w.tokens()
	for _, m := range fleet() {
		now, old := after[m.name], before[m.name]
		w.works(m, now.ID, now.Secret, true)
		if m.overlap != "" {
			w.works(m, old.ID, old.Secret, true)
		}
		if now.ID == old.ID || m.overlap != "" && m.name != "account" && now.PreviousID != old.ID {
			w.t.Errorf("%s: the state knows %q, and before it %q instead of %q", m.name, now.ID, now.PreviousID, old.ID)
		}
		alive := w.alive(m)
		for _, id := range alive {
			switch {
			case slices.Contains(now.known(), id):
			case m.name == "account" && w.inGrace(id):
				// TrueFoundry shows the secret of a token whose mint was cut off: it was taken into the state, and is the previous one
				// now. The one that consumers have is still in its grace period, which TrueFoundry ends.
			case m.mint.System == magpie.Name && strings.Contains(output, id):
				// Of a token without a name, of which the provider heard nothing, nobody can prove whose it is.
				if err := w.sandbox.Magpie.DeleteToken(id); err != nil {
					w.t.Error(err)
				}
			default:
				w.t.Errorf("%s: %s is alive beside %q", m.name, id, now.known())
			}
		}
		for _, id := range now.known() {
			if !slices.Contains(alive, id) {
				w.t.Errorf("%s: the state knows %s, which is not alive", m.name, id)
			}
		}
	}
}

// inGrace tells whether TrueFoundry ends a token of the account by itself, within the overlap.
func (w *workshop) inGrace(id string) bool {
	account, _ := w.sandbox.TrueFoundry.VirtualAccountNamed("account")
	for _, t := range account.Tokens {
		if t.ID == id && id != account.ActiveID {
			return t.Expiry != nil && !t.Expiry.After(w.sandbox.Clock().Now().Add(overlap))
		}
	}
	return false
}
