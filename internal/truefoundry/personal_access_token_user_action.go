package truefoundry

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var _ action.ActionWithConfigure = (*revokeUserPersonalAccessTokens)(nil)

// revokeUserPersonalAccessTokens revokes every token of a user in one request, also those that no list shows.
type revokeUserPersonalAccessTokens struct {
	system.ActionBase[*api.Client]
}

func newRevokeUserPersonalAccessTokens() action.Action {
	return &revokeUserPersonalAccessTokens{system.NewActionBase[*api.Client](personalAccessTokenNoun, "revoke_user_personal_access_tokens")}
}

type userRevocation struct {
	UserEmail types.String `tfsdk:"user_email"`
	DryRun    types.Bool   `tfsdk:"dry_run"`
}

// Schema implements [action.Action].
func (*revokeUserPersonalAccessTokens) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Revokes **every** personal access token of a user on TrueFoundry in one request. This includes tokens that no list shows, and the one whose name begins with `default-`, which TrueFoundry creates for its console. Use it when a user leaves, or when a user's tokens have leaked. It requires the key of a tenant administrator, and is refused if the provider's own key may be one of that user's tokens.",
		Attributes: map[string]schema.Attribute{
			"user_email": schema.StringAttribute{Required: true, Validators: emailRules(), MarkdownDescription: "The e-mail address of the user."},
			"dry_run":    schema.BoolAttribute{Optional: true, MarkdownDescription: "`true` reports which of the user's tokens TrueFoundry shows, and changes nothing. Default `false`."},
		},
	}
}

// Invoke implements [action.Action].
func (a *revokeUserPersonalAccessTokens) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var m userRevocation
	client, ok := a.Begin(ctx, req, resp, &m)
	if !ok {
		return
	}
	email, kind := m.UserEmail.ValueString(), personalAccessTokenKind{client}
	all, err := client.RefreshPersonalAccessTokens(ctx)
	if err != nil && !api.IsRefusal(err) {
		resp.Diagnostics.Append(a.Failure(system.List, err))
		return
	}
	if why, isSure := kind.mayOwnKey(ctx, all, err == nil, email); why != "" {
		summary := "The provider's own key may be revoked"
		if isSure {
			summary = "The provider's own key would be revoked"
		}
		resp.Diagnostics.AddAttributeError(path.Root("user_email"), summary,
			"Every personal access token of "+email+" would be revoked, and "+why+". So nothing was changed. Set api_key to the key of a virtual account that has the role of a tenant administrator.")
		return
	}
	say := func(text string) { resp.SendProgress(action.InvokeProgressEvent{Message: text}) }
	shown := ofOwner(all, email)
	seen := "TrueFoundry shows the provider none of them"
	if len(shown) > 0 {
		seen = fmt.Sprintf("TrueFoundry shows the provider %d of them: %s", len(shown), describeTokens(shown))
	}
	if m.DryRun.ValueBool() {
		say("would revoke every personal access token of " + email + ", the system's own (" + systemMade + "…) included; " + seen)
		say("dry run: nothing was changed")
		return
	}
	say("revoking every personal access token of " + email + ", the system's own (" + systemMade + "…) included; " + seen)
	if err := client.RevokeAllPersonalAccessTokens(ctx, email); err != nil {
		outcome := "were not revoked"
		if rest.MayHaveExecuted(err) {
			outcome = "might not have been revoked"
		}
		resp.Diagnostics.Append(a.Failure(system.Revoke, fmt.Errorf("the personal access tokens of %s %s: %w", email, outcome, err), adviseRevokeAll(err)...))
		return
	}
	say("revoked every personal access token of " + email)
}

// adviseRevokeAll is the next step for the statuses that are about this request.
func adviseRevokeAll(err error) []string {
	switch {
	case rest.IsNotFound(err):
		return []string{"Check user_email: there may be no such user in this tenant. Older control planes cannot revoke all tokens of a user: there, revoke them with mint_truefoundry_revoke_personal_access_tokens and a key of the user."}
	case rest.IsForbidden(err):
		return []string{"Only a tenant administrator may do this: " + adviceKey}
	}
	return nil
}
