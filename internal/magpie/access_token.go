package magpie

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// The nouns of this system. All three are access tokens; they differ in whose they are and in what minting one does.
var (
	personalNoun  = system.Noun{System: name, Type: "personal_access_token", Words: "Magpie personal access token"}
	serviceNoun   = system.Noun{System: name, Type: "service_account_access_token", Words: "Magpie service account access token"}
	exclusiveNoun = system.Noun{System: name, Type: "service_account_exclusive_access_token", Words: "Magpie exclusive service account access token"}
)

// statusDisabled is a token that is switched off; the other words of status are those of all systems, or the server's own.
const statusDisabled = "disabled"

// accessTokenModel is what all resources of this system have in state.
type accessTokenModel struct {
	ID          types.String      `tfsdk:"id"`
	Token       types.String      `tfsdk:"token"`
	Description types.String      `tfsdk:"description"`
	Disabled    types.Bool        `tfsdk:"disabled"`
	CreatedAt   timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt   timetypes.RFC3339 `tfsdk:"expires_at"`
	Status      types.String      `tfsdk:"status"`
	rotation.Rotating
}

// serviceModel adds the service account.
type serviceModel struct {
	accessTokenModel
	UserName types.String `tfsdk:"user_name"`
}

// account is whose token a model describes.
func (m serviceModel) account() api.Account { return api.Account(m.UserName.ValueString()) }

// getter and setter are the framework's configurations, plans and states.
type (
	getter interface {
		Get(ctx context.Context, target any) diag.Diagnostics
	}
	setter interface {
		Set(ctx context.Context, value any) diag.Diagnostics
	}
)

// held is how the state holds the secret.
func (m *accessTokenModel) held() rotation.Held {
	return rotation.Held{Plain: m.Token, Sealed: m.EncryptedSecret}
}

func (m *accessTokenModel) hold(held rotation.Held) {
	m.Token, m.EncryptedSecret = held.Plain, held.Sealed
}

// describe takes in what the list says. Where the list says nothing, or something that is not understood, what was known
// before stands: doubt is no drift.
func (m *accessTokenModel) describe(token api.AccessToken, now time.Time) {
	if m.ID.IsNull() || m.ID.IsUnknown() {
		// The time of the answer that brought the token stood in for the list's.
		m.CreatedAt = timetypes.NewRFC3339Null()
	}
	m.ID = types.StringValue(token.ID)
	if text := shownText(token); text != nil && !isSameText(m.Description, *text) {
		m.Description = types.StringNull()
		if *text != "" {
			m.Description = types.StringValue(*text)
		}
	}
	if m.Description.IsUnknown() {
		m.Description = types.StringNull()
	}
	if token.Disabled != nil {
		m.Disabled = types.BoolValue(*token.Disabled)
	}
	if m.Disabled.IsNull() || m.Disabled.IsUnknown() {
		m.Disabled = types.BoolValue(false)
	}
	m.CreatedAt = keepTime(m.CreatedAt, token.Created)
	m.ExpiresAt = keepTime(m.ExpiresAt, token.Expires)
	m.Status = types.StringValue(status(token, m.Disabled.ValueBool(), now))
}

// isSameText takes null and the empty text for the same: the server knows only one of them.
func isSameText(known types.String, text string) bool {
	return !known.IsUnknown() && known.ValueString() == text
}

func status(token api.AccessToken, disabled bool, now time.Time) string {
	switch {
	case rotation.Expired(token.Expires.At, now):
		return rotation.StatusExpired
	case disabled:
		return statusDisabled
	case token.Status != "":
		return strings.ToLower(token.Status)
	}
	return rotation.StatusActive
}

// keepTime is a time of a record for the state. One that cannot be read is left out: the attribute promises RFC 3339.
func keepTime(known timetypes.RFC3339, seen api.Moment) timetypes.RFC3339 {
	if seen.At == nil {
		return timetypes.NewRFC3339Null()
	}
	if !known.IsNull() && !known.IsUnknown() {
		if at, diags := known.ValueRFC3339Time(); !diags.HasError() && rotation.SameInstant(&at, seen.At) {
			return known
		}
	}
	return rotation.TimeValue(seen.At)
}

// unidentified is the state of a token that is there and whose id is not known (yet): the secret is kept, come what may.
func (m *accessTokenModel) unidentified(minted api.Minted, sealer rotation.Sealer) diag.Diagnostics {
	var diags diag.Diagnostics
	held, err := sealer.Hold(minted.Token.Reveal())
	if err != nil {
		diags.AddAttributeError(path.Root("encrypt_secret_to"), "The new token's secret is lost", "With encrypt_secret_to, "+err.Error()+". Apply again to have another one minted.")
	}
	m.hold(held)
	m.ID = types.StringNull()
	m.CreatedAt, m.ExpiresAt = timetypes.NewRFC3339Null(), timetypes.NewRFC3339Null()
	if !minted.At.IsZero() {
		m.CreatedAt = rotation.TimeValue(&minted.At)
	}
	m.Status = types.StringNull()
	return diags
}
