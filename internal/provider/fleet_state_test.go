package provider_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// destroyed destroys everything, and fails the test if anything is left alive.
func (w *workshop) destroyed() {
	w.t.Helper()
	w.mustRun("destroy", "-no-color", "-auto-approve")
	if live := w.sandbox.Live(); w.live() != 0 {
		w.t.Errorf("alive after destroy: %+v", live)
	}
}

// generations is what the state holds of a member.
type generations struct {
	ID, Secret, Encrypted, PreviousID, PreviousSecret, PreviousEncrypted, PreviousRevokedAfter, Status, ExpiresAt string
}

// state reads the state of all objects, by address.
func (w *workshop) state() map[string]map[string]any {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.folder, "terraform.tfstate"))
	if err != nil {
		w.t.Fatal(err)
	}
	var file struct {
		Resources []struct {
			Type, Name string
			Instances  []struct {
				Attributes map[string]any
				Deposed    string
			}
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		w.t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, resource := range file.Resources {
		for _, instance := range resource.Instances {
			if instance.Deposed != "" {
				w.t.Errorf("%s.%s has a deposed object", resource.Type, resource.Name)
				continue
			}
			all[resource.Type+"."+resource.Name] = instance.Attributes
		}
	}
	return all
}

// tokens reads the state of the fleet, by the members' names.
func (w *workshop) tokens() map[string]generations {
	w.t.Helper()
	state, all := w.state(), map[string]generations{}
	for _, m := range fleet() {
		attributes, found := state[m.address()]
		if !found {
			w.t.Fatalf("%s is not in the state", m.address())
		}
		text := func(name string) string {
			value, _ := attributes[name].(string)
			return value
		}
		all[m.name] = generations{
			ID: text(m.id), Secret: text(m.secret), Encrypted: text("encrypted_secret"), PreviousID: text("previous_id"), PreviousSecret: text("previous_secret"),
			PreviousEncrypted: text("previous_encrypted_secret"), PreviousRevokedAfter: text("previous_revoked_after"), Status: text("status"), ExpiresAt: text("expires_at"),
		}
	}
	return all
}

// alive are the ids of a member's tokens that its server accepts.
func (w *workshop) alive(m member) []string {
	w.t.Helper()
	ids, now := []string{}, w.sandbox.Clock().Now()
	over := func(end *time.Time) bool { return end != nil && !now.Before(*end) }
	switch m.name {
	case "account":
		account, _ := w.sandbox.TrueFoundry.VirtualAccountNamed("account")
		for _, t := range account.Tokens {
			if !over(t.Expiry) {
				ids = append(ids, t.ID)
			}
		}
	case "newer", "older", "pat":
		for _, tokens := range w.sandbox.Live() {
			for _, t := range tokens {
				if strings.HasPrefix(t.Name, m.name+"-") {
					ids = append(ids, t.ID)
				}
			}
		}
	default:
		user := map[string]string{"own": w.sandbox.Magpie.Bootstrap().UserName, "service": loader, "exclusive": billing}[m.name]
		for _, t := range w.sandbox.Live()[magpie.Name] {
			if t.Owner == user {
				ids = append(ids, t.ID)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// known are the ids of a member's tokens that the state knows.
func (t generations) known() []string {
	ids := []string{t.ID}
	if t.PreviousID != "" {
		ids = append(ids, t.PreviousID)
	}
	slices.Sort(ids)
	return ids
}

// balanced fails the test unless what is alive on the servers is what the state knows: for each member so many tokens.
func (w *workshop) balanced(want map[string]int) {
	w.t.Helper()
	for name, t := range w.tokens() {
		m := named(name)
		alive := w.alive(m)
		if !slices.Equal(alive, t.known()) {
			w.t.Errorf("%s: alive are %q, the state knows %q", name, alive, t.known())
		}
		if count, asked := want[name]; asked && len(alive) != count {
			w.t.Errorf("%s: %d tokens are alive instead of %d", name, len(alive), count)
		}
	}
}

// each is a count that is the same for every member, but for those that cannot overlap: they have one.
func each(count int) map[string]int {
	all := map[string]int{}
	for _, m := range fleet() {
		all[m.name] = count
		if m.overlap == "" {
			all[m.name] = 1
		}
	}
	return all
}

func named(name string) member {
	all := fleet()
	return all[slices.IndexFunc(all, func(m member) bool { return m.name == name })]
}

// use uses a token as its consumer would, and tells whether the server accepts it.
func (w *workshop) use(ctx context.Context, m member, id, secret string) (bool, error) {
	switch m.mint.System {
	case sailpoint.Name:
		probe, err := sailpoint.UseToken(ctx, w.env["SAIL_BASE_URL"], id, secret)
		return probe.Works(), err
	case magpie.Name:
		probe, err := magpie.UseToken(ctx, w.env["MAGPIE_BASE_URL"], secret)
		return probe.Works(), err
	}
	probe, err := truefoundry.UseToken(ctx, w.env["TFY_HOST"], secret)
	return probe.Works(), err
}

// works fails the test unless a token is accepted, or refused.
func (w *workshop) works(m member, id, secret string, want bool) {
	w.t.Helper()
	got, err := w.use(w.t.Context(), m, id, secret)
	if got != want || err != nil && got {
		w.t.Errorf("%s: the token %s works: %t, %v", m.name, id, got, err)
	}
}

// mints counts the tokens that each member has minted so far; accounts are created with one that is not counted.
func (w *workshop) mints() map[string]int {
	counts := map[string]int{}
	for _, m := range fleet() {
		for _, entry := range w.sandbox.Journal().Select(m.mint) {
			if entry.Status/100 == 2 {
				counts[m.name]++
			}
		}
	}
	return counts
}

// mintedSince fails the test unless each member has minted so many tokens more than before, and returns the new counts.
func (w *workshop) mintedSince(before, want map[string]int) map[string]int {
	w.t.Helper()
	now := w.mints()
	for _, m := range fleet() {
		if got := now[m.name] - before[m.name]; got != want[m.name] {
			w.t.Errorf("%s: %d tokens were minted instead of %d", m.name, got, want[m.name])
		}
	}
	return now
}

// all is the same count for every member.
func all(count int) map[string]int {
	counts := map[string]int{}
	for _, m := range fleet() {
		counts[m.name] = count
	}
	return counts
}
