package truefoundry

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var personalAccessTokenNoun = system.Noun{System: name, Type: "personal_access_token", Words: "TrueFoundry personal access token"}

// personalAccessTokenModel is the resource's state, plan and configuration.
type personalAccessTokenModel struct {
	rotation.Rotating
	rotation.Previous
	ID         types.String         `tfsdk:"id"`
	Name       types.String         `tfsdk:"name"`
	NamePrefix types.String         `tfsdk:"name_prefix"`
	Lifetime   timetypes.GoDuration `tfsdk:"lifetime"`
	ExpiresAt  timetypes.RFC3339    `tfsdk:"expires_at"`
	TeamName   types.String         `tfsdk:"team_name"`
	TokenType  types.String         `tfsdk:"token_type"`
	Overlap    timetypes.GoDuration `tfsdk:"overlap"`
	Token      types.String         `tfsdk:"token"`
	CreatedBy  types.Object         `tfsdk:"created_by"`
	CreatedAt  timetypes.RFC3339    `tfsdk:"created_at"`
	Status     types.String         `tfsdk:"status"`
}

// held is how the state holds the secret.
func (m *personalAccessTokenModel) held() rotation.Held {
	return rotation.Held{Plain: m.Token, Sealed: m.EncryptedSecret}
}

// hold puts the secret into the state, or plans how it stands there.
func (m *personalAccessTokenModel) hold(secret rotation.Held) {
	m.Token, m.EncryptedSecret = secret.Plain, secret.Sealed
}

// knownEnd is the real end of the token, as far as the state and the record know it; nil for never.
func (m *personalAccessTokenModel) knownEnd(record rotation.Record) *time.Time {
	return record.End(rotation.Instant(m.ExpiresAt))
}

// expectedLife is how long a token lives that is minted with the lifetime of this plan or state; token is what the state knows.
func (m *personalAccessTokenModel) expectedLife(token personalAccessTokenModel, record rotation.Record) time.Duration {
	lifetime, _ := rotation.Duration(m.Lifetime)
	return record.Expected(lifetime, rotation.Instant(token.CreatedAt), rotation.Instant(token.ExpiresAt))
}

func subjectTypes() map[string]attr.Type { return textFields("type", "id", "name") }

func subjectValue(subject api.Subject) types.Object {
	if subject == (api.Subject{}) {
		return types.ObjectNull(subjectTypes())
	}
	return types.ObjectValueMust(subjectTypes(), map[string]attr.Value{
		"type": types.StringValue(subject.Type), "id": types.StringValue(subject.ID), "name": textOrNull(subject.Name),
	})
}

func subjectID(v types.Object) string {
	if v.IsNull() || v.IsUnknown() {
		return ""
	}
	id, _ := v.Attributes()["id"].(types.String)
	return id.ValueString()
}

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// isKnown reports whether a value is there: neither null nor unknown.
func isKnown(v attr.Value) bool { return !v.IsNull() && !v.IsUnknown() }

// sameInstant keeps what a state has as long as it means the same instant.
func sameInstant(known timetypes.RFC3339, seen *time.Time) timetypes.RFC3339 {
	if isKnown(known) && rotation.SameInstant(rotation.Instant(known), seen) {
		return known
	}
	return rotation.TimeValue(seen)
}

// newPersonalAccessToken is the request for a planned token. The end of a lifetime is counted from now and rounded up to a
// whole minute, so that every mint has its full length; a generated name is made here, once.
func newPersonalAccessToken(plan personalAccessTokenModel, now time.Time) api.NewPersonalAccessToken {
	want := api.NewPersonalAccessToken{
		Name: plan.Name.ValueString(), TeamName: plan.TeamName.ValueString(), TokenType: plan.TokenType.ValueString(),
	}
	if plan.Name.IsUnknown() {
		want.Name = rotation.NewName(plan.NamePrefix.ValueString())
	}
	if d, ok := rotation.Duration(plan.Lifetime); ok {
		at := api.NextWholeMinute(now.Add(d))
		want.ExpiresAt = &at
	}
	if at := rotation.Instant(plan.ExpiresAt); at != nil {
		want.ExpiresAt = at
	}
	return want
}

// describe takes in what the list says about the token. The secret is left alone: only a mint knows it. What a row does not
// tell stays as it was known.
func (m *personalAccessTokenModel) describe(token api.ServiceAccount, end *api.End, now time.Time) {
	if m.ID.IsNull() && token.CreatedAt != nil {
		// Until the token was identified, the moment of the answer stood in.
		m.CreatedAt = rotation.TimeValue(token.CreatedAt)
	}
	m.ID, m.Name = types.StringValue(token.ID), types.StringValue(token.Name)
	// Team and kind never change. A tenant that spells a team in its own way, or decides the kind, would do so again with a new
	// token: that is told once, at the mint, and is no drift.
	if !isKnown(m.TeamName) {
		m.TeamName = textOrNull(token.Team())
	}
	if !isKnown(m.TokenType) {
		m.TokenType = tokenType(token)
	}
	// The text of the configuration stands as long as it means the same minute.
	if m.ExpiresAt.IsUnknown() || !end.Is(rotation.Instant(m.ExpiresAt)) {
		m.ExpiresAt = rotation.TimeValue(end.Moment())
	}
	if subject := subjectValue(token.CreatedBy); !subject.IsNull() || m.CreatedBy.IsUnknown() {
		m.CreatedBy = subject
	}
	if token.CreatedAt != nil || m.CreatedAt.IsUnknown() {
		m.CreatedAt = sameInstant(m.CreatedAt, token.CreatedAt)
	}
	m.Status = types.StringValue(rotation.StatusActive)
	if token.HasExpired(now) {
		m.Status = types.StringValue(rotation.StatusExpired)
	}
}

// tokenType is the kind of token as the manifest tells, or else the issued token.
func tokenType(token api.ServiceAccount) types.String {
	if kind := token.Manifest.Text(api.KeyTokenType); kind != "" {
		return types.StringValue(kind)
	}
	if jwt := token.ActiveJWT(); jwt != nil {
		return textOrNull(jwt.TokenType)
	}
	return types.StringNull()
}

// unidentified is the state of a token that has been minted and whose id is not known yet: the secret is kept, come what may.
func (m *personalAccessTokenModel) unidentified(name string, secret rotation.Held, end *time.Time, now time.Time) {
	m.ID, m.Name = types.StringNull(), types.StringValue(name)
	m.hold(secret)
	m.CreatedAt, m.CreatedBy = rotation.TimeValue(&now), types.ObjectNull(subjectTypes())
	m.Status = types.StringValue(rotation.StatusActive)
	if m.ExpiresAt.IsUnknown() {
		m.ExpiresAt = rotation.TimeValue(end)
	}
	if m.TeamName.IsUnknown() {
		m.TeamName = types.StringNull()
	}
	if m.TokenType.IsUnknown() {
		m.TokenType = types.StringNull()
	}
}

// promise puts back what the plan has promised: Terraform takes a result that differs from its plan for a fault of the
// provider. Where the control plane made something else of it, the next refresh shows that as a difference.
func (m *personalAccessTokenModel) promise(plan personalAccessTokenModel) {
	for into, planned := range map[*types.String]types.String{
		&m.Name: plan.Name, &m.TeamName: plan.TeamName, &m.TokenType: plan.TokenType, &m.Status: plan.Status,
	} {
		if isKnown(planned) {
			*into = planned
		}
	}
	if isKnown(plan.ExpiresAt) {
		m.ExpiresAt = plan.ExpiresAt
	}
	m.NamePrefix, m.Lifetime, m.Overlap = plan.NamePrefix, plan.Lifetime, plan.Overlap
	m.RotationTriggers, m.RotateBeforeExpiry, m.EncryptSecretTo = plan.RotationTriggers, plan.RotateBeforeExpiry, plan.EncryptSecretTo
}
