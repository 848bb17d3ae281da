package truefoundry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var (
	_ action.ActionWithConfigure = (*syncVirtualAccountToken)(nil)
	_ action.ActionWithConfigure = (*revokeVirtualAccountToken)(nil)
)

// accountKeyArguments are the arguments of [accountKey].
func accountKeyArguments(more map[string]schema.Attribute) map[string]schema.Attribute {
	more["id"] = schema.StringAttribute{Optional: true, Validators: accountKeyRules(), MarkdownDescription: accountIDArgument}
	more["name"] = schema.StringAttribute{Optional: true, MarkdownDescription: accountNameArgument}
	return more
}

// syncVirtualAccountToken pushes the active token of an account to its secret store.
type syncVirtualAccountToken struct {
	system.ActionBase[*api.Client]
}

func newSyncVirtualAccountToken() action.Action {
	return &syncVirtualAccountToken{system.NewActionBase[*api.Client](virtualAccountTokenNoun, "sync_virtual_account_token")}
}

// Schema implements [action.Action].
func (*syncVirtualAccountToken) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Makes TrueFoundry write the active token of a virtual account to the secret store that the account's `secret_store_config` names. The provider's key must be allowed to manage the account.",
		Attributes: accountKeyArguments(map[string]schema.Attribute{
			"force": schema.BoolAttribute{
				Optional: true, MarkdownDescription: "`true` writes the token even if TrueFoundry considers the store up to date. Default `false`. Older control planes always write it.",
			},
		}),
	}
}

// Invoke implements [action.Action].
func (a *syncVirtualAccountToken) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m struct {
		accountKey
		Force types.Bool `tfsdk:"force"`
	}
	client, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	account, problem, err := m.find(ctx, client)
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	var outcome api.SyncOutcome
	if err == nil {
		outcome, err = client.SyncVirtualAccountToken(ctx, account.ID, m.Force.ValueBool())
	}
	switch {
	case err != nil:
		resp.Diagnostics.Append(a.Failure(system.Sync, err, adviseSync(account, err)...))
	case outcome.Problem != "":
		resp.Diagnostics.Append(a.Failure(system.Sync, fmt.Errorf("TrueFoundry could not write the token of the virtual account %s to its secret store: %s", called(account), outcome.Problem),
			"The token itself works. Check the integration of the secret store in TrueFoundry and the account's secret_store_config, and invoke the action again."))
	default:
		at := "now"
		if outcome.UpdatedAt != nil {
			at = "at " + rotation.Format(*outcome.UpdatedAt)
		}
		resp.SendProgress(action.InvokeProgressEvent{Message: "the secret store has the active token of the virtual account " + called(account) + ", synchronized " + at})
	}
}

// adviseSync is the next step after a refusal.
func adviseSync(account *api.ServiceAccount, err error) []string {
	var e *rest.Error
	if account != nil && errors.As(err, &e) && e.Kind == rest.Refused && e.Status == http.StatusBadRequest {
		return []string{"Only an account with a secret_store_config has a secret store to write to: set it on the account."}
	}
	return nil
}

// revokeVirtualAccountToken revokes one issued token of an account, which stays.
type revokeVirtualAccountToken struct {
	system.ActionBase[*api.Client]
}

func newRevokeVirtualAccountToken() action.Action {
	return &revokeVirtualAccountToken{system.NewActionBase[*api.Client](virtualAccountTokenNoun, "revoke_virtual_account_token")}
}

// Schema implements [action.Action].
func (*revokeVirtualAccountToken) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes one issued token of a virtual account on TrueFoundry. The account stays. Use it for a previous token that is still in its grace period, or for a token that has leaked. If the account does not have the token, the action reports that and succeeds. Revoking the active token leaves the account without a token until another one is issued. Revoking the token that the provider is logged in with is an error.",
		Attributes: accountKeyArguments(map[string]schema.Attribute{
			"jwt_id": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "The id of the issued token, such as `previous_id` of the resource `mint_truefoundry_virtual_account`, or an `id` in `jwts` of the data source.",
			},
			"dry_run": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true` reports what would be revoked, and changes nothing. Default `false`."},
		}),
	}
}

// accountTokenRevocation is the configuration.
type accountTokenRevocation struct {
	accountKey
	JWTID  types.String `tfsdk:"jwt_id"`
	DryRun types.Bool   `tfsdk:"dry_run"`
}

// Invoke implements [action.Action].
func (a *revokeVirtualAccountToken) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m accountTokenRevocation
	client, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	account, problem, err := m.find(ctx, client)
	if err == nil && problem == nil {
		problem = m.ownKey(client, account)
	}
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	if err == nil {
		err = m.revoke(ctx, client, account, func(text string) { resp.SendProgress(action.InvokeProgressEvent{Message: text}) })
	}
	if err != nil {
		resp.Diagnostics.Append(a.Failure(system.Revoke, err))
	}
}

// ownKey refuses to revoke the token that the provider is logged in with. An opaque key tells its account only, and so does a signed one whose id
// is not that of an issued token.
func (m accountTokenRevocation) ownKey(client *api.Client, account *api.ServiceAccount) diag.Diagnostic {
	id := m.JWTID.ValueString()
	isOwn := func(jwtID string) bool { return client.HoldsOwnKey(api.Holder{JWTID: jwtID}) }
	isShown := account.JWTID != nil && isOwn(*account.JWTID) || slices.ContainsFunc(account.JWTs, func(jwt api.JWT) bool { return isOwn(jwt.ID) })
	isAccounts := client.HoldsOwnKey(api.Holder{Kind: api.KindVirtualAccount, ID: account.ID, Name: account.Name})
	if !isOwn(id) && (isShown || !isAccounts) {
		return nil
	}
	logged := "The provider is logged in with the token " + id
	if !isOwn(id) {
		logged = "The provider is logged in with a token of the virtual account " + called(account) + ", which may be the token " + id
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("jwt_id"), "The provider is logged in with this token",
		logged+". Revoking it would cut off the provider in the middle of its work, so nothing was sent. Configure the provider with another credential first.")
}

// revoke revokes the token, and says what that means for the account.
func (m accountTokenRevocation) revoke(ctx context.Context, client *api.Client, account *api.ServiceAccount, say func(string)) error {
	id, of := m.JWTID.ValueString(), " of the virtual account "+called(account)
	if account.JWTs != nil && account.IssuedJWT(id) == nil {
		say(notIssued(account, id))
		return nil
	}
	if warning := warnActive(account, id); warning != "" {
		say(warning)
	}
	if m.DryRun.ValueBool() {
		say("would be revoked: the token " + id + of)
		say("dry run: nothing was changed")
		return nil
	}
	found, err := client.DeleteVirtualAccountJWT(ctx, account.ID, id)
	switch {
	case err != nil && isUncertain(err):
		return fmt.Errorf("the token %s%s might not have been revoked: %w", id, of, err)
	case err != nil:
		return fmt.Errorf("the token %s%s was not revoked, and still works: %w", id, of, err)
	case !found && account.JWTs == nil:
		say("not found: TrueFoundry knows no token with the id " + rest.Visible(id) + of + ", so nothing was revoked. It may have been revoked already. TrueFoundry does not show which tokens the account has")
		return nil
	}
	// What is listed later in this run shows it, too. That it cannot be read changes nothing.
	_, _ = client.GetVirtualAccount(ctx, account.ID)
	say("revoked the token " + id + of)
	return nil
}

// isUncertain reports that a revocation may have been carried out although it has failed, or although the account could not be read after it.
func isUncertain(err error) bool {
	var e *rest.Error
	return errors.As(err, &e) && (e.Executed || e.Method == http.MethodGet)
}

// notIssued is about a token that the account does not have: a misspelt id is no error, but it must be seen.
func notIssued(account *api.ServiceAccount, id string) string {
	ids := make([]string, 0, len(account.JWTs))
	for _, jwt := range account.JWTs {
		ids = append(ids, jwt.ID)
	}
	has := "it has no tokens now"
	if slices.Sort(ids); len(ids) > 0 {
		has = "its tokens are: " + strings.Join(ids, ", ")
	}
	return "not found: the virtual account " + called(account) + " has no token with the id " + rest.Visible(id) + ", so nothing was revoked. It may have been revoked already; " + has
}

// warnActive is the warning about a token that is the account's active one, or may be; empty for another one.
func warnActive(account *api.ServiceAccount, id string) string {
	which := "is"
	switch active := account.ActiveJWT(); {
	case isActive(account, id), account.JWTID == nil && active != nil && active.ID == id:
	case account.JWTID == nil && active == nil:
		which = "may be"
	default:
		return ""
	}
	text := "warning: " + rest.Visible(id) + " " + which + " the active token of the virtual account " + called(account) + ": once it is revoked, the account has no active token until another one is issued"
	if account.JWTs == nil {
		text += ". TrueFoundry does not show the tokens of the account, so the account may not have this one"
	}
	return text
}
