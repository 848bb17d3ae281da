package truefoundry

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// current is the token of a state as a generation.
func (m *personalAccessTokenModel) current() rotation.Generation {
	return rotation.Generation{ID: m.ID, Secret: m.held()}
}

// former is the previous generation of a state.
func (m *personalAccessTokenModel) former() rotation.Generation {
	return rotation.Generation{ID: m.PreviousID, Secret: rotation.Held{Plain: m.PreviousSecret, Sealed: m.PreviousEncryptedSecret}}
}

// all are all generations of a state that may be alive.
func (m *personalAccessTokenModel) all(record rotation.Record) []rotation.Generation {
	generations := []rotation.Generation{m.current()}
	if m.HasPrevious() {
		generations = append(generations, m.former())
	}
	return append(generations, owed(record)...)
}

func owed(record rotation.Record) []rotation.Generation {
	generations := make([]rotation.Generation, 0, len(record.Owed))
	for _, id := range record.Owed {
		generations = append(generations, rotation.Generation{ID: types.StringValue(id), Secret: rotation.NoSecret()})
	}
	return generations
}

// leaving are the generations that a plan revokes, now or after their overlap.
func (m *personalAccessTokenModel) leaving(plan personalAccessTokenModel, way rotation.Way, record rotation.Record) []rotation.Generation {
	if way == rotation.Replaced {
		return m.all(record)
	}
	generations := owed(record)
	if way == rotation.InPlace {
		generations = append(generations, m.current())
	}
	if m.HasPrevious() && !plan.PreviousID.Equal(m.PreviousID) {
		generations = append(generations, m.former())
	}
	return generations
}

// settleHeld plans the secrets of a token that stays, and remarks on its generations.
func (m *personalAccessTokenModel) settleHeld(config, state personalAccessTokenModel, record rotation.Record) diag.Diagnostics {
	held, diags := m.PlanHeld(state.Rotating, state.held())
	m.hold(held)
	m.Previous = m.planFormer(state, state.Previous.Plan(record))
	about := rotation.Subject{Words: personalAccessTokenNoun.Words, Name: state.Name.ValueString(), EndIsFixed: !config.ExpiresAt.IsNull()}
	diags.Append(about.Remarks(m.Rotating, state.Previous, state.knownEnd(record), record)...)
	return diags
}

// planFormer plans the secret of a previous generation that is kept: new recipients encrypt what is plain.
func (m *personalAccessTokenModel) planFormer(state personalAccessTokenModel, former rotation.Previous) rotation.Previous {
	held, _ := m.PlanHeld(state.Rotating, rotation.Held{Plain: former.PreviousSecret, Sealed: former.PreviousEncryptedSecret})
	former.PreviousSecret, former.PreviousEncryptedSecret = held.Plain, held.Sealed
	return former
}

// settleRotation plans the next generation in place. Arguments that only an import has inferred are those of the configuration
// again; what it leaves out of team and kind stays as the token has it.
func (m *personalAccessTokenModel) settleRotation(config, state personalAccessTokenModel, record rotation.Record, cause rotation.Cause) diag.Diagnostics {
	var diags diag.Diagnostics
	if state.ID.IsNull() && !cause.Ended() {
		diags.AddAttributeError(path.Root("id"), "The id of the token is not known yet",
			"The id of "+state.Name.ValueString()+" could not be told when it was minted, and without it the token could not be revoked after its overlap. Plan again with a refresh, which looks it up.")
		return diags
	}
	m.ID, m.Status, m.CreatedAt = types.StringUnknown(), types.StringUnknown(), timetypes.NewRFC3339Unknown()
	m.CreatedBy = types.ObjectUnknown(subjectTypes())
	m.Name, m.NamePrefix = orUnknown(config.Name), config.NamePrefix
	if config.Lifetime.IsNull() {
		m.Lifetime = config.Lifetime
	}
	if config.ExpiresAt.IsNull() {
		m.ExpiresAt = timetypes.NewRFC3339Unknown()
	}
	m.TeamName, m.TokenType = orUnknown(m.TeamName), orUnknown(m.TokenType)
	current := state.current()
	current.Secret, _ = m.PlanHeld(state.Rotating, current.Secret)
	before := m.planFormer(state, state.kept(record))
	m.Previous = before.PlanNext(current, cause)
	m.hold(m.PlanMint())
	return diags
}

// isOpen reports whether an argument of a configuration is not known yet that only a new token can have.
func (m *personalAccessTokenModel) isOpen() bool {
	return m.Name.IsUnknown() || m.NamePrefix.IsUnknown() || m.ExpiresAt.IsUnknown() || m.TeamName.IsUnknown() || m.TokenType.IsUnknown()
}

// mayStay takes back from the plan of a rotation what would not hold if the token stays after all, because an argument turns out
// as it was.
func (m *personalAccessTokenModel) mayStay(stays personalAccessTokenModel) {
	m.hold(rotation.EitherHeld(m.held(), stays.held()))
	m.Previous = m.Previous.Either(stays.Previous)
	m.NamePrefix = rotation.Either(m.NamePrefix, stays.NamePrefix, types.StringUnknown())
	if !m.Lifetime.Equal(stays.Lifetime) {
		m.Lifetime = timetypes.NewGoDurationUnknown()
	}
}

func orUnknown(v types.String) types.String {
	if v.IsNull() {
		return types.StringUnknown()
	}
	return v
}

// kept is the previous generation of a state, unless its time is over.
func (m *personalAccessTokenModel) kept(record rotation.Record) rotation.Previous {
	if record.PreviousDue {
		return rotation.NoPrevious()
	}
	return m.Previous
}

// reseal brings the secrets of a state into the form that a plan wants.
func (m *personalAccessTokenModel) reseal(sealer rotation.Sealer, plan personalAccessTokenModel) error {
	if plan.EncryptSecretTo.Equal(m.EncryptSecretTo) {
		return nil
	}
	current, err := sealer.Reseal(m.held())
	if err != nil {
		return err
	}
	former, err := sealer.Reseal(m.former().Secret)
	if err != nil {
		return err
	}
	m.hold(current)
	m.PreviousSecret, m.PreviousEncryptedSecret = former.Plain, former.Sealed
	return nil
}

// lives reports whether a list shows a token that has not ended.
func lives(all []api.ServiceAccount, id string, client *api.Client) bool {
	row := byID(all, id)
	return row != nil && !row.HasExpired(client.Now())
}

// leavesOthers reports whether another generation of a token that is gone is still alive: an earlier one, or the next one, which a
// rotation that was cut off has left behind.
func (m *personalAccessTokenModel) leavesOthers(all []api.ServiceAccount, record rotation.Record, client *api.Client) bool {
	ids := append([]string{m.PreviousID.ValueString()}, record.Owed...)
	for _, left := range m.leftovers(all, record) {
		ids = append(ids, left.ID)
	}
	return slices.ContainsFunc(ids, func(id string) bool { return lives(all, id, client) })
}

// forgetGone forgets the earlier generations that a list lacks: they were deleted outside Terraform, or have ended.
func (m *personalAccessTokenModel) forgetGone(all []api.ServiceAccount, record *rotation.Record) {
	if m.HasPrevious() && byID(all, m.PreviousID.ValueString()) == nil {
		m.Previous = rotation.NoPrevious()
	}
	for _, id := range slices.Clone(record.Owed) {
		if byID(all, id) == nil {
			record.Settle(id)
		}
	}
}

// endToken deletes one generation.
func endToken(ctx context.Context, client *api.Client, state personalAccessTokenModel, id string) error {
	found, err := client.DeletePersonalAccessToken(ctx, id)
	if err != nil || found {
		return err
	}
	// Somebody else's token is as unknown as one that is gone.
	all, err := client.ListPersonalAccessTokens(ctx)
	if err != nil {
		return err
	}
	return ofAnotherUser(all, state)
}

// kin are the ids of the generations that a state knows.
func (m *personalAccessTokenModel) kin(record rotation.Record) map[string]bool {
	ids := map[string]bool{}
	for _, g := range m.all(record) {
		ids[g.ID.ValueString()] = true
	}
	return ids
}

// base is what the name of the next generation is made from.
func (m *personalAccessTokenModel) base() string {
	if m.ID.ValueString() == "" {
		return m.Name.ValueString()
	}
	return m.ID.ValueString()
}

// leftovers are tokens under a name that only the next generation of this very token gets, and that the state does not know: a rotation
// was cut off after the mint. The arguments may have changed since, so the prefix is the one that the name itself tells.
func (m *personalAccessTokenModel) leftovers(all []api.ServiceAccount, record rotation.Record) []api.ServiceAccount {
	kin := m.kin(record)
	return slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool {
		return kin[a.ID] || !rotation.IsNextName(a.Name, m.base())
	})
}

// endOrphan deletes what a rotation in place has left behind that was cut off, and that no later rotation can find any more when the
// current token is gone. It fails before anything else is deleted; one that has been used is somebody's, and only named.
func (r *personalAccessTokenResource) endOrphan(ctx context.Context, client *api.Client, state personalAccessTokenModel, record rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	all, err := client.ListPersonalAccessTokens(ctx)
	if err != nil {
		diags.Append(r.Failure(system.Delete, fmt.Errorf("what a rotation that was cut off may have left behind could not be looked for: %w", err)))
		return diags
	}
	for _, orphan := range state.leftovers(all, record) {
		about := "the token " + orphan.ID + ", named \"" + orphan.Name + "\", which a rotation of \"" + state.Name.ValueString() + "\" that was cut off must have left behind"
		switch {
		case orphan.LastAccessedAt != nil:
			diags.AddWarning("A "+r.Noun().Words+" lives on",
				"Nothing was done about "+about+": it was used at "+rotation.Format(*orphan.LastAccessedAt)+", so somebody holds it. Find out who, and delete it.")
		case client.HoldsOwnKey(holderOf(orphan)):
			diags.AddWarning("A "+r.Noun().Words+" lives on",
				"Nothing was done about "+about+": the provider authenticates with it. Give the provider another key, and delete it.")
		default:
			if err := endToken(ctx, client, state, orphan.ID); err != nil {
				diags.Append(r.Failure(system.Delete, fmt.Errorf("%s, could not be deleted, and nothing else was: %w", about, err)))
			}
		}
	}
	return diags
}

// settle revokes the generations that an apply owes; what fails stays owed.
func (r *personalAccessTokenResource) settle(ctx context.Context, client *api.Client, state personalAccessTokenModel, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, id := range slices.Clone(record.Owed) {
		if err := endToken(ctx, client, state, id); err != nil {
			diags.Append(r.notRevoked(state, id, err))
			continue
		}
		record.Settle(id)
	}
	return diags
}

func (r *personalAccessTokenResource) notRevoked(state personalAccessTokenModel, id string, err error) diag.Diagnostic {
	return r.Failure(system.Delete, fmt.Errorf("the token %s, an earlier generation of %q, could not be revoked: %w", id, state.Name.ValueString(), err),
		"It is not forgotten: apply again to revoke it.")
}
