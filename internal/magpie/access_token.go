package magpie

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
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

// settings are what can be changed about a token, one request each, once its id is known.
type settings struct {
	Description types.String `tfsdk:"description"`
	Disabled    types.Bool   `tfsdk:"disabled"`
}

// accessToken is what personal and service account tokens have in their models.
type accessToken struct {
	lifecycle.Token
	settings
	Secret types.String `tfsdk:"token"`
}

// SecretAttribute implements [lifecycle.Model].
func (m *accessToken) SecretAttribute() *types.String { return &m.Secret }

// token is the accessToken of a model.
func (m *accessToken) token() *accessToken { return m }

// personalModel is a token of the user that the provider is logged in as.
type personalModel struct {
	accessToken
}

func (m *personalModel) account() api.Account { return api.Own }

// serviceModel is a token of a service account.
type serviceModel struct {
	accessToken
	UserName types.String `tfsdk:"user_name"`
}

func (m *serviceModel) account() api.Account { return api.Account(m.UserName.ValueString()) }

// model is either of them.
type model interface {
	lifecycle.Model
	token() *accessToken
	account() api.Account
}

// fromAPI takes in what a list says. Where the list says nothing, or something that is not understood, what is known stays: doubt is
// no drift.
func (s *settings) fromAPI(token api.AccessToken) {
	if text := shownText(token); text != nil && (s.Description.IsUnknown() || s.Description.ValueString() != *text) {
		s.Description = textValue(*text)
	}
	if s.Description.IsUnknown() {
		s.Description = types.StringNull()
	}
	if token.Disabled != nil {
		s.Disabled = types.BoolValue(*token.Disabled)
	}
	if s.Disabled.IsNull() || s.Disabled.IsUnknown() {
		s.Disabled = types.BoolValue(false)
	}
}

// textValue is a description as an attribute: the server knows only one of null and the empty text.
func textValue(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// isNormalized reports whether a list shows what the server made of the state's description when it was asked for that.
func isNormalized(record rotation.Record, token api.AccessToken) bool {
	text := shownText(token)
	return text != nil && record.Normalized["description"] == textValue(*text).String()
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

// planStatus plans the status of a token that stays, from what is planned by the rules of all systems.
func (s *settings) planStatus(planned types.String, state settings) types.String {
	switch {
	case !s.Disabled.Equal(state.Disabled):
		return types.StringUnknown()
	case s.Disabled.ValueBool() && planned.ValueString() == rotation.StatusActive:
		return types.StringValue(statusDisabled)
	}
	return planned
}

// FromAPI implements [lifecycle.Kind].
func (k accessTokenKind[P]) FromAPI(m P, token api.AccessToken) {
	t := m.token()
	t.fromAPI(token)
	t.Status = types.StringValue(status(token, t.Disabled.ValueBool(), k.client.Now()))
}

// row is what the life of a token needs to know of one: there are no names, and no last use.
func row(now time.Time, token api.AccessToken) lifecycle.Row {
	return lifecycle.Row{
		ID: token.ID, CreatedAt: token.Created.At, Expiry: token.Expires.At, Expired: rotation.Expired(token.Expires.At, now),
	}
}
