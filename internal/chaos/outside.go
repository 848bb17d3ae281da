package main

import (
	"slices"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// outside is what others do to tokens.
func (r *runner) outside(s Step) {
	if s.Act == "make" {
		if _, err := r.world.addForeign(s.Resource.Type); err != nil {
			r.note("  nothing was made: %s", err)
		}
		return
	}
	i := slices.IndexFunc(r.driver.held(), func(d document) bool { return d.address == s.Resource.Address && !d.deposed })
	if i < 0 {
		return
	}
	held := r.driver.held()[i]
	id := held.text(nounOf(held.kind).current)
	if s.Previous {
		id = held.text("previous_id")
	}
	stored := r.world.stored()
	at := slices.IndexFunc(stored, func(k token) bool { return id != "" && k.ID == id })
	if at < 0 {
		return
	}
	r.note("  %s of %s", s.Act, stored[at])
	if err := r.world.act(s.Act, stored[at]); err != nil {
		r.note("  not done: %s", err)
	}
}

// act does something to a token behind the provider's back.
func (w *world) act(act string, k token) error {
	soon := w.Clock().Now().Add(90 * time.Hour).Truncate(time.Millisecond)
	switch {
	case act == "delete" && k.System == sailpoint.Name:
		return w.SailPoint.DeleteToken(k.ID)
	case act == "delete" && k.System == magpie.Name:
		return w.Magpie.DeleteToken(k.ID)
	case act == "delete" && k.Account != "":
		account, _ := w.TrueFoundry.VirtualAccount(k.Account)
		if account.ActiveID == k.ID {
			return w.TrueFoundry.DeleteVirtualAccount(k.Account)
		}
		return w.TrueFoundry.DeleteToken(k.Account, k.ID)
	case act == "delete":
		return w.TrueFoundry.DeletePersonalAccessToken(k.ID)
	case act == "disable" && k.System == magpie.Name:
		return w.Magpie.SetDisabled(k.ID, true)
	case act == "rotate" && k.Account != "":
		_, err := w.TrueFoundry.RegenerateToken(k.Account, 1)
		return err
	case k.System == sailpoint.Name:
		return w.SailPoint.PatchToken(k.ID, func(t *sailpoint.Token) {
			if act == "rotate" {
				t.Name = "renamed-" + k.ID
			} else {
				t.Expiration = &soon
			}
		})
	case k.System == magpie.Name:
		return w.Magpie.PatchToken(k.ID, func(t *magpie.Token) { t.Description = "edited" })
	case k.Account == "":
		return w.TrueFoundry.EditPersonalAccessToken(k.ID, func(p *truefoundry.PersonalAccessToken) { p.Name = "renamed-" + k.ID[:6] })
	}
	return nil
}
