package randomrun

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// drawEdit draws one of the edits.
func (r *randomRun) drawEdit() Edit {
	var all []Edit
	for _, edit := range r.Edits {
		for range max(edit.Often, 1) {
			all = append(all, edit)
		}
	}
	return Pick(r.Draw, all...)
}

// edit changes arguments. What the provider refuses before it plans is left as it was.
func (r *randomRun) edit() {
	r.t.Helper()
	for range r.IntN(3) {
		edits := r.drawEdit().Make(r.Draw)
		next := r.config.With(edits)
		if r.invalid(next) {
			continue
		}
		r.config, r.calm = next, false
		r.note("edit %v", edits)
	}
}

func (r *randomRun) invalid(config protocoltest.Values) bool {
	r.t.Helper()
	return r.validator.Validate(config).Failed()
}

// obscure makes an argument unknown that the configuration says, or a part of it. It returns the configuration as it is known while
// planning, and as it turns out to be: as it was, or with another value.
func (r *randomRun) obscure() (early, late protocoltest.Values) {
	r.t.Helper()
	if !r.OneIn(4) {
		return r.config, r.config
	}
	edit := r.drawEdit()
	if late = r.config; r.OneIn(2) {
		late = late.With(edit.Make(r.Draw))
	}
	var open any = protocoltest.Unknown
	if r.OneIn(2) {
		switch value := late[edit.Name].(type) {
		case protocoltest.Values:
			part := protocoltest.Values{}
			for key := range value {
				part[key] = protocoltest.Unknown
			}
			open = part
		case []string:
			open = slices.Repeat([]any{protocoltest.Unknown}, len(value))
		}
	}
	if early = late.With(protocoltest.Values{edit.Name: open}); edit.Name == "" || r.invalid(early) || r.invalid(late) {
		return r.config, r.config
	}
	r.calm = false
	r.note("%s is not known yet (%v), and will be %v", edit.Name, open, late[edit.Name])
	return early, late
}

// pass lets time pass.
func (r *randomRun) pass() {
	passed := Pick(r.Draw, 0, 0, time.Minute, 5*time.Minute, time.Hour, 10*time.Hour, 25*time.Hour, 100*time.Hour, 300*time.Hour)
	r.note("%s later", passed)
	r.Clock.Advance(passed)
}

// tamper is what others do to the tokens, sometimes.
func (r *randomRun) tamper() {
	r.t.Helper()
	switch r.IntN(8) {
	case 0:
		r.deleteGenerations()
	case 1:
		if token, there := r.generation(Pick(r.Draw, r.Current, r.Current, "previous_id")); there && r.Tamper != nil {
			r.note("somebody changes %s: %s", token.ID, r.Tamper(r.Draw, token))
			r.calm, r.tampered, r.drifted = false, true, true
		}
	case 2:
		r.stranger()
	}
}

// generation is the token that the state knows by an attribute.
func (r *randomRun) generation(attribute string) (Token, bool) {
	if r.w.Object == nil || r.Delete == nil {
		return Token{}, false
	}
	id := r.w.Object.Text(attribute)
	stored := r.Stored()
	i := slices.IndexFunc(stored, func(k Token) bool { return id != "" && k.ID == id })
	if i < 0 {
		return Token{}, false
	}
	return stored[i], true
}

// deleteGenerations deletes one of the generations outside Terraform, or both. It reports whether there was one.
func (r *randomRun) deleteGenerations() bool {
	deleted := false
	for _, attribute := range Pick(r.Draw, []string{r.Current}, []string{"previous_id"}, []string{r.Current, "previous_id"}) {
		if token, there := r.generation(attribute); there {
			r.note("somebody deletes %s, the %s", token.ID, attribute)
			r.Delete(token)
			r.doubt(token.ID)
			deleted = true
		}
	}
	if deleted {
		r.calm, r.tampered = false, true
		// Until a list is sure to show what was made, one that lacks it proves nothing.
		r.Clock.Advance(settled)
	}
	return deleted
}

// mostStrangers leaves room for the run's own tokens where a system limits how many there may be.
const mostStrangers = 4

// stranger lets somebody else make a token.
func (r *randomRun) stranger() {
	if r.Stranger == nil || len(r.strangers) == mostStrangers {
		return
	}
	token := r.Stranger(r.Draw)
	r.strangers[token.ID] = token
	r.note("somebody makes %s, %s", token.ID, token.Name)
}

// reimport forgets the resource and imports its token, sometimes: but only where that loses no other one.
func (r *randomRun) reimport() {
	r.t.Helper()
	object := r.w.Object
	if r.ImportID == nil || object == nil || object.Tainted || len(r.w.Deposed) > 0 || !r.OneIn(16) || object.Text("previous_id") != "" {
		return
	}
	if alive := r.alive(); len(alive) != 1 || alive[0].ID != object.Text(r.Current) || r.mentionsOthers(object) {
		return
	}
	id := r.ImportID(object)
	if id == "" {
		return
	}
	r.note("import of %s", id)
	r.calm = false
	r.w.Object, r.versionOf = r.w.Start().MustImport(id), ""
}

// fault orders that requests of a route go wrong, perhaps not the first ones.
func (r *randomRun) fault() {
	r.t.Helper()
	fault := Pick(r.Draw, r.Routes...)
	if fine := r.IntN(3); fine > 0 && r.OneIn(2) {
		r.order(fault, "slow:0s", fine)
	}
	word := Pick(r.Draw, "status:403", "status:400", "status:500", "drop-before", "drop-after", "500-after", "502-after", "truncate", "html")
	r.order(fault, word, 1+r.IntN(2))
	r.troubled = true
}

func (r *randomRun) order(fault fakeapi.Fault, word string, times int) {
	r.t.Helper()
	fault.Fault, fault.Times = word, times
	r.note("%d × %s %s: %s", times, fault.Method, fault.Route, word)
	if err := r.Faults.Add(fault); err != nil {
		r.t.Fatal(err)
	}
}

// peace ends all faults.
func (r *randomRun) peace() { r.Faults.Clear() }

// network is that of the process that applies. Things may happen in the middle, or it may die.
func (r *randomRun) network() *protocoltest.Network {
	r.t.Helper()
	mints := protocoltest.First(protocoltest.Route(r.Mint.Method, r.Mint.Route))
	at := func(happens func()) func(*http.Request) {
		return func(request *http.Request) {
			if mints(request) {
				happens()
			}
		}
	}
	network := &protocoltest.Network{}
	switch r.IntN(12) {
	case 0, 1:
		network.DiesWith, network.AfterAnswer = 1+r.IntN(r.Requests), r.OneIn(2)
		r.note("the process dies with request %d, after its answer %t", network.DiesWith, network.AfterAnswer)
	case 2:
		// Those that change something.
		network.DiesWith, network.AfterAnswer = 1+r.IntN(3), r.OneIn(2)
		network.Counts = func(request *http.Request) bool { return request.Method != http.MethodGet }
		r.note("the process dies with change %d, after its answer %t", network.DiesWith, network.AfterAnswer)
	case 3:
		word := Pick(r.Draw, "status:403", "lag:2")
		r.note("the list after the mint meets %s", word)
		network.After = at(func() { r.order(r.List, word, 1) })
		r.troubled = true
	case 4:
		if r.Stranger != nil {
			network.Before = at(r.stranger)
			r.troubled = true
		}
	case 5:
		if r.OneIn(2) && r.deleteGenerations() {
			r.troubled, r.stale = true, true
		}
	case 6, 7, 8:
		r.fault()
	}
	return network
}

// mentionsOthers reports whether private state names another token than the current and the previous one, as it does while that is to be
// revoked.
func (r *randomRun) mentionsOthers(object *protocoltest.Object) bool {
	r.remember()
	private := object.Remembered()
	for id := range maps.Keys(r.seen) {
		if id != object.Text(r.Current) && id != object.Text("previous_id") && strings.Contains(private, id) {
			return true
		}
	}
	return false
}

// doubt notes that previous tokens may be gone without a server's telling.
func (r *randomRun) doubt(idsOrSecrets ...string) {
	for _, one := range idsOrSecrets {
		r.doubted[one] = one != ""
	}
}

// remember notes which tokens there are.
func (r *randomRun) remember() {
	for _, token := range r.Stored() {
		r.seen[token.ID] = true
	}
}
