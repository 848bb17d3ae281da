package sailpoint

import (
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var personalAccessTokenNoun = system.Noun{System: name, Type: "personal_access_token", Words: "SailPoint personal access token"}

// personalAccessTokenModel is the resource's state, plan and configuration.
type personalAccessTokenModel struct {
	ID                         types.String         `tfsdk:"id"`
	Name                       types.String         `tfsdk:"name"`
	NamePrefix                 types.String         `tfsdk:"name_prefix"`
	Scope                      types.Set            `tfsdk:"scope"`
	AccessTokenValiditySeconds types.Int64          `tfsdk:"access_token_validity_seconds"`
	Lifetime                   timetypes.GoDuration `tfsdk:"lifetime"`
	ExpiresAt                  timetypes.RFC3339    `tfsdk:"expires_at"`
	NeverExpires               types.Bool           `tfsdk:"never_expires"`
	Overlap                    timetypes.GoDuration `tfsdk:"overlap"`
	Secret                     types.String         `tfsdk:"secret"`
	Owner                      types.Object         `tfsdk:"owner"`
	Managed                    types.Bool           `tfsdk:"managed"`
	CreatedAt                  timetypes.RFC3339    `tfsdk:"created_at"`
	Status                     types.String         `tfsdk:"status"`
	rotation.Rotating
	rotation.Previous
}

// scopeAll stands for all rights of a token's owner.
const scopeAll = "sp:scopes:all"

var ownerTypes = map[string]attr.Type{"type": types.StringType, "id": types.StringType, "name": types.StringType}

func ownerValue(owner api.Owner) types.Object {
	return types.ObjectValueMust(ownerTypes, map[string]attr.Value{
		"type": types.StringValue(owner.Type), "id": types.StringValue(owner.ID), "name": types.StringValue(owner.Name),
	})
}

func scopeValue(scope []string) types.Set {
	if scope == nil {
		return types.SetNull(types.StringType)
	}
	// The tenant echoes what it was given; a scope that was given twice is still one.
	scope = slices.Compact(slices.Sorted(slices.Values(scope)))
	elements := make([]attr.Value, 0, len(scope))
	for _, s := range scope {
		elements = append(elements, types.StringValue(s))
	}
	return types.SetValueMust(types.StringType, elements)
}

// isKnown reports whether a value is there: neither null nor unknown.
func isKnown(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// newPersonalAccessToken is the request for a planned token. A generated name is made here, once, and stays the same if the
// mint has to be repeated.
func newPersonalAccessToken(ctx context.Context, plan personalAccessTokenModel) (api.NewPersonalAccessToken, diag.Diagnostics) {
	var diags diag.Diagnostics
	want := api.NewPersonalAccessToken{Name: plan.Name.ValueString()}
	if plan.Name.IsUnknown() {
		want.Name = rotation.NewName(plan.NamePrefix.ValueString())
	}
	if isKnown(plan.Scope) {
		diags.Append(plan.Scope.ElementsAs(ctx, &want.Scope, false)...)
		sort.Strings(want.Scope)
	}
	if isKnown(plan.AccessTokenValiditySeconds) {
		want.AccessTokenValiditySeconds = plan.AccessTokenValiditySeconds.ValueInt64Pointer()
	}
	want.Lifetime, _ = rotation.Duration(plan.Lifetime)
	if at := rotation.Instant(plan.ExpiresAt); at != nil {
		stamp := api.Timestamp(*at)
		want.ExpirationDate = &stamp
	}
	if want.Lifetime == 0 && want.ExpirationDate == nil && plan.NeverExpires.ValueBool() {
		want.NeverExpires = plan.NeverExpires.ValueBoolPointer()
	}
	return want, diags
}

// describe takes in what the tenant says about the token. The end that the state shows may be the one that was asked for; whether
// it is over is a question of the real one. The secret is left alone: only a mint knows it.
func (m *personalAccessTokenModel) describe(token api.PersonalAccessToken, expiry *time.Time, now time.Time) {
	m.ID = types.StringValue(token.ID)
	m.Name = types.StringValue(token.Name)
	m.Scope = scopeValue(token.Scope)
	m.AccessTokenValiditySeconds = types.Int64Value(token.AccessTokenValiditySeconds)
	// The text of the configuration stands as long as it means the same instant.
	if previous := rotation.Instant(m.ExpiresAt); !isKnown(m.ExpiresAt) || !rotation.SameInstant(previous, expiry) {
		m.ExpiresAt = rotation.TimeValue(expiry)
	}
	m.NeverExpires = types.BoolValue(token.ExpirationDate == nil)
	m.Owner = ownerValue(token.Owner)
	m.Managed = types.BoolValue(token.Managed)
	if previous := rotation.Instant(m.CreatedAt); token.Created.IsZero() {
		m.CreatedAt = timetypes.NewRFC3339Null()
	} else if !isKnown(m.CreatedAt) || !rotation.SameInstant(previous, &token.Created) {
		m.CreatedAt = rotation.TimeValue(&token.Created)
	}
	m.Status = types.StringValue(rotation.Status(token.ExpirationDate, now))
}

// promise puts back what the plan has promised: Terraform takes a result that differs from its plan for a fault of the
// provider. Where the tenant made something else of it, the next refresh shows that as a difference.
func (m *personalAccessTokenModel) promise(plan personalAccessTokenModel) {
	if isKnown(plan.Name) {
		m.Name = plan.Name
	}
	if isKnown(plan.Scope) {
		m.Scope = plan.Scope
	}
	if isKnown(plan.AccessTokenValiditySeconds) {
		m.AccessTokenValiditySeconds = plan.AccessTokenValiditySeconds
	}
	if isKnown(plan.ExpiresAt) {
		m.ExpiresAt = plan.ExpiresAt
	}
	if isKnown(plan.NeverExpires) {
		m.NeverExpires = plan.NeverExpires
	}
	// A saved plan may be applied after the token's end: the status is Read's to move.
	if isKnown(plan.Status) {
		m.Owner, m.Managed, m.CreatedAt, m.Status = plan.Owner, plan.Managed, plan.CreatedAt, plan.Status
	}
	m.NamePrefix, m.Lifetime, m.Overlap = plan.NamePrefix, plan.Lifetime, plan.Overlap
	m.RotationTriggers, m.RotateBeforeExpiry, m.EncryptSecretTo = plan.RotationTriggers, plan.RotateBeforeExpiry, plan.EncryptSecretTo
}

// held is how the state holds the secret.
func (m *personalAccessTokenModel) held() rotation.Held {
	return rotation.Held{Plain: m.Secret, Sealed: m.EncryptedSecret}
}

// hold sets how the state holds the secret.
func (m *personalAccessTokenModel) hold(held rotation.Held) {
	m.Secret, m.EncryptedSecret = held.Plain, held.Sealed
}

// heldPrevious is how the state holds the secret of the generation before.
func (m *personalAccessTokenModel) heldPrevious() rotation.Held {
	return rotation.Held{Plain: m.PreviousSecret, Sealed: m.PreviousEncryptedSecret}
}

// holdPrevious sets how the state holds the secret of the generation before.
func (m *personalAccessTokenModel) holdPrevious(held rotation.Held) {
	m.PreviousSecret, m.PreviousEncryptedSecret = held.Plain, held.Sealed
}

// reseal encrypts the secrets that a state has held in plain, where there are recipients now.
func (m *personalAccessTokenModel) reseal(sealer rotation.Sealer) diag.Diagnostics {
	current, err := sealer.Reseal(m.held())
	previous, errPrevious := sealer.Reseal(m.heldPrevious())
	if err := errors.Join(err, errPrevious); err != nil {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("encrypt_secret_to"), "Unable to encrypt the secret", err.Error())}
	}
	m.hold(current)
	m.holdPrevious(previous)
	return nil
}

// expected is how long a token would live that is minted now, as far as this one tells. One that was imported, or minted with a
// lifetime that is not wanted any more, tells nothing about the tenant's default.
func (m *personalAccessTokenModel) expected(state personalAccessTokenModel, record rotation.Record) time.Duration {
	lifetime, _ := rotation.Duration(m.Lifetime)
	if m.Lifetime.IsUnknown() || lifetime == 0 && (record.Imported || record.AskedLifetime > 0) {
		return 0
	}
	return record.Expected(lifetime, rotation.Instant(state.CreatedAt), rotation.Instant(state.ExpiresAt))
}
