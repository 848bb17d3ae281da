//go:build unix

package provider_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// patient is an argument of a provider block. However busy the machine is, the provider does not give up a request that hangs before
// it is killed.
const patient = "  http = {\n    timeout = \"10m\"\n  }\n"

// crash applies with faults that do the work and never answer, one for each member that they meet, and kills Terraform and the
// provider once every fault has met its request and every other member is done.
func (w *workshop) crash(o order, faults ...fakeapi.Filter) {
	w.t.Helper()
	w.write("provider \"mint\" {\n" + patient + "}\n" + strings.Replace(o.configuration(), "alias = \"older\"\n", "alias = \"older\"\n"+patient, 1))
	others := len(fleet()) - len(faults)
	w.kill(func() bool { return w.stored(o) >= others }, faults...)
	// The interrupted rotation may have ended the exclusive token, which is too young for its absence to prove that: the next run is
	// as late as the error then asks for.
	w.sandbox.Clock().Advance(3 * time.Minute)
}

// kill applies what is written, and kills Terraform and the provider, without a chance to say goodbye, once faults that do the work and
// never answer have met their requests and everything else is done.
func (w *workshop) kill(isDone func() bool, faults ...fakeapi.Filter) {
	w.t.Helper()
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
	deadline := time.Now().Add(3 * time.Minute)
	for len(w.sandbox.Faults().Pending()) > 0 || !isDone() {
		if time.Now().After(deadline) {
			w.t.Errorf("no request met %+v, or not everything else was done", w.sandbox.Faults().Pending())
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if err := syscall.Kill(-command.Process.Pid, syscall.SIGKILL); err != nil {
		w.t.Fatal(err)
	}
	if err := command.Wait(); err == nil {
		w.t.Fatal("the apply ended before it was killed")
	}
	w.sandbox.Faults().Clear()
}

// stored counts the members that are in the state as an order asks for; -1 while the state is being written: a kill in the middle of
// that would be Terraform's own loss.
func (w *workshop) stored(o order) int {
	raw, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	if err != nil || !json.Valid(raw) {
		return -1
	}
	return bytes.Count(raw, []byte(`"generation": "`+o.triggers+`"`))
}

// TestAccRotation_crash kills Terraform and the provider in the middle of rotations: after the mint, after the revocation of the
// previous generation, after the old token's end was set. The state knows nothing of it then, and the next apply recovers.
func TestAccRotation_crash(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	if w.isOpenTofu() {
		t.Skip("OpenTofu writes what is done to the state only when the others are done, too, or 20 s later: a kill loses it")
	}
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
	w.apply(generation("3"))
	w.recovered(before, true)
	w.unchanged()

	t.Log("killed after the revocation of the older generation")
	before = w.tokens()
	w.crash(generation("4"), revocations...)
	w.apply(generation("4"))
	w.recovered(before, false)
	w.unchanged()

	t.Log("killed after the end of the old token was set")
	before = w.tokens()
	w.crash(generation("5"), fakeapi.Filter{System: "sailpoint", Method: "PATCH", Route: sailpointItem})
	w.apply(generation("5"))
	w.recovered(before, false)
	w.unchanged()

	w.sandbox.Clock().Advance(overlap + hour)
	w.apply(generation("5"))
	w.balanced(each(1))
	w.destroyed()
}

// recovered fails the test unless there are, of every member, a new current token and the previous one, both known to the state, and
// nothing else but, where the answer to the mint never came, what cannot be proved to be an orphan.
func (w *workshop) recovered(before map[string]generations, unanswered bool) {
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
			case m.mint.System == magpie.Name && m.overlap != "" && unanswered:
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
