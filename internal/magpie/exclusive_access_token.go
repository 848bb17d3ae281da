package magpie

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// exclusiveModel is the state, the plan and the configuration of the one token of a service account.
type exclusiveModel struct {
	ID            types.String      `tfsdk:"id"`
	CreatedAt     rotation.TimeText `tfsdk:"created_at"`
	ExpiresAt     rotation.TimeText `tfsdk:"expires_at"`
	Status        types.String      `tfsdk:"status"`
	Secret        types.String      `tfsdk:"token"`
	UserName      types.String      `tfsdk:"user_name"`
	OtherTokenIDs types.Set         `tfsdk:"other_token_ids"`
	settings
	rotation.Rotating
}

func (m *exclusiveModel) storedSecret() rotation.StoredSecret {
	return rotation.StoredSecret{Plain: m.Secret, Encrypted: m.EncryptedSecret}
}

func (m *exclusiveModel) setSecret(stored rotation.StoredSecret) {
	m.Secret, m.EncryptedSecret = stored.Plain, stored.Encrypted
}

// fromAPI takes in what the list says about the token.
func (m *exclusiveModel) fromAPI(token api.AccessToken, now time.Time) {
	m.ID = types.StringValue(token.ID)
	m.settings.fromAPI(token)
	m.CreatedAt, m.ExpiresAt = knownTime(m.CreatedAt, token.Created.At), knownTime(m.ExpiresAt, token.Expires.At)
	m.Status = types.StringValue(status(token, m.Disabled.ValueBool(), now))
}

// pick finds the token of a state in the account's list; nil where it is not there. One whose id is not known is the only token of the
// account, unless that was there before it.
func (m *exclusiveModel) pick(all []api.AccessToken, record rotation.Record) *api.AccessToken {
	switch {
	case !m.ID.IsNull():
		return byID(all, m.ID.ValueString())
	case len(all) == 1 && !slices.Contains(record.Known, all[0].ID):
		return &all[0]
	}
	return nil
}

// knownTime keeps what a state has as long as it means the same instant.
func knownTime(known rotation.TimeText, seen *time.Time) rotation.TimeText {
	if at := rotation.Instant(known); at != nil && rotation.SameInstant(at, seen) {
		return known
	}
	return rotation.TimeValue(seen)
}

// unidentified is the state right after a rotation, whatever becomes of the search for the token's id.
func (m *exclusiveModel) unidentified(now time.Time, plan exclusiveModel) {
	m.ID, m.Status, m.SecretVersion = types.StringNull(), types.StringNull(), rotation.NextVersion(m.SecretVersion, now)
	m.CreatedAt, m.ExpiresAt = rotation.TimeValue(&now), rotation.TimeText{}
	m.OtherTokenIDs, m.RotationDueAt = types.SetNull(types.StringType), rotation.TimeText{}
	// What follows may fail, and must not rotate a second time for the same change.
	m.takeArguments(plan)
}

// takeArguments takes in the arguments of a rotation.
func (m *exclusiveModel) takeArguments(plan exclusiveModel) {
	m.RotationTriggers, m.EncryptSecretTo = plan.RotationTriggers, plan.EncryptSecretTo
	m.RotateBeforeExpiry, m.RotateAfter = plan.RotateBeforeExpiry, plan.RotateAfter
}

// take takes in what a plan changes without a request.
func (m *exclusiveModel) take(plan exclusiveModel, stored rotation.StoredSecret) {
	m.takeArguments(plan)
	m.setSecret(stored)
}

// dueAt is when time alone rotates the token.
func (m *exclusiveModel) dueAt(record rotation.Record) rotation.TimeText {
	policy, known := m.schedule(record, 0)
	return rotation.TimeValue(rotation.Earliest(rotation.DueAt(policy, known), known.ExpiresAt))
}

// plannedDueAt is that after an apply: what the plan has promised, if it has.
func (m *exclusiveModel) plannedDueAt(plan exclusiveModel, record rotation.Record) rotation.TimeText {
	if plan.RotationDueAt.IsUnknown() {
		return m.dueAt(record)
	}
	return plan.RotationDueAt
}

func (m *exclusiveModel) schedule(record rotation.Record, warning time.Duration) (rotation.Policy, rotation.Life) {
	return m.Policy(warning, m.expected(record)), rotation.NoPrevious().Life(record.Minted(rotation.Instant(m.CreatedAt)), rotation.Instant(m.ExpiresAt))
}

// expected is how long a token lives that the organization grants now, as far as this one tells.
func (m *exclusiveModel) expected(record rotation.Record) time.Duration {
	return record.Expected(0, rotation.Instant(m.CreatedAt), rotation.Instant(m.ExpiresAt))
}

// guarded is a token of these arguments, as guardrails judge it; life is how long the organization lets one live, as far as that is known.
func (m *exclusiveModel) guarded(life time.Duration) rotation.Guarded {
	token := rotation.GuardedToken(m.Rotating)
	token.Lives = life
	token.BoundByAge(m.RotateAfter, rotation.DurationText{})
	return token
}

// checkKept judges a token that stays, by its plan.
func (r *exclusiveResource) checkKept(plan, state exclusiveModel, record rotation.Record) diag.Diagnostics {
	arguments := plan
	if rotation.Instant(state.ExpiresAt) == nil {
		// It has no effect.
		arguments.RotateBeforeExpiry = rotation.DurationText{}
	}
	token := arguments.guarded(state.expected(record))
	token.Name = state.subject()
	return r.Guardrails().CheckKept(plan.guarded(state.expected(record)), token, rotation.Edited{
		Lifetime:   !plan.RotateAfter.Equal(state.RotateAfter),
		Rotation:   !plan.RotateBeforeExpiry.Equal(state.RotateBeforeExpiry) || !plan.RotateAfter.Equal(state.RotateAfter) || !plan.RotationTriggers.Equal(state.RotationTriggers),
		Encryption: !plan.EncryptSecretTo.Equal(state.EncryptSecretTo),
	})
}

// planGuardrails is what the plan of a token that exists says of the guardrails.
func (r *exclusiveResource) planGuardrails(plan, state exclusiveModel, record rotation.Record, reason rotation.Reason) diag.Diagnostics {
	switch {
	case !plan.UserName.Equal(state.UserName):
		// The creation for another account does not know this token.
		return r.Guardrails().Check(plan.guarded(0))
	case reason == rotation.ReasonNone:
		return r.checkKept(plan, state, record)
	case reason.ByItself():
		return rotation.WarnOfRefusal(r.Guardrails().Check(plan.guarded(state.expected(record))))
	}
	return r.Guardrails().Check(plan.guarded(state.expected(record)))
}

// subject names the token for a message.
func (m *exclusiveModel) subject() string {
	return cmp.Or(m.ID.ValueString(), "without a known id") + " of " + m.UserName.ValueString()
}

// noteOthers keeps and reports the account's tokens that are not this resource's.
func (m *exclusiveModel) noteOthers(all []api.AccessToken) diag.Diagnostics {
	var others []string
	for _, id := range idsOf(all) {
		if id != m.ID.ValueString() {
			others = append(others, id)
		}
	}
	m.OtherTokenIDs = setOf(others)
	if len(others) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("other_token_ids"), "The service account has other tokens",
		"Somebody has created tokens on the service account "+m.UserName.ValueString()+" besides the one that Terraform manages: "+strings.Join(others, ", ")+
			". They keep working until the next rotation, which deletes them and replaces the managed token.")}
}

func setOf(ids []string) types.Set {
	elements := make([]attr.Value, 0, len(ids))
	for _, id := range ids {
		elements = append(elements, types.StringValue(id))
	}
	return types.SetValueMust(types.StringType, elements)
}

// Schema implements [resource.Resource].
func (r *exclusiveResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := tokenAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"user_name": userNameAttribute(),
		"other_token_ids": schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The ids of the tokens that others have created on the account since the last rotation. They keep working until the next rotation, which deletes them.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "The only access token of a service account on Silectis Magpie. The provider must log in as an organization admin.\n\n" +
			"!> Creating this resource, and every rotation, calls Magpie's rotate endpoint: it **deletes every token of the service account**, including those that others use, and mints a new one. " +
			"Use `mint_magpie_service_account_access_token` for an account that has other tokens.\n\n" +
			"The resource rotates in place, without an overlap: on a change of `rotation_triggers`, when `rotate_before_expiry` or `rotate_after` falls due, and when the token has expired. Where Magpie reports no expiry, `expires_at` is null and `rotate_before_expiry` never rotates: use `rotate_after`. " +
			"Another token that appears on the account is shown in `other_token_ids` with a warning, and keeps working until the next rotation. The plan lists the other tokens that a rotation will delete.\n\n" +
			"An account can have only one of these resources: a plan that creates another one fails, and a plan with two that are already in the state warns. " +
			"The provider cannot rotate the account that it is logged in as with an access token. " +
			"Destroying the resource deletes only the token that it minted.\n\n" + secretNote,
		Attributes: attributes,
	}
}
