package magpie

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

var (
	_ resource.ResourceWithIdentity    = (*personalAccessTokenResource)(nil)
	_ resource.ResourceWithImportState = (*serviceAccountAccessTokenResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*serviceAccountAccessTokenResource)(nil)
)

// personalAccessTokenResource is a token of the user that the provider is logged in as. Several may exist side by side on an
// account, so a new one replaces the old one in either order.
type personalAccessTokenResource struct {
	lifecycle.Resource[*api.Client, personalModel, *personalModel, api.AccessToken]
}

// serviceAccountAccessTokenResource is the same for a service account.
type serviceAccountAccessTokenResource struct {
	lifecycle.Resource[*api.Client, serviceModel, *serviceModel, api.AccessToken]
}

const idDescription = "The token's id, as Magpie lists it."

func newPersonalAccessTokenResource() resource.Resource { return personalAccessTokens() }

func newServiceAccountAccessTokenResource() resource.Resource { return serviceAccountAccessTokens() }

func personalAccessTokens() *personalAccessTokenResource {
	return &personalAccessTokenResource{lifecycle.NewResource(personalNoun, map[string]string{"id": idDescription}, newPersonalKind)}
}

func serviceAccountAccessTokens() *serviceAccountAccessTokenResource {
	return &serviceAccountAccessTokenResource{lifecycle.NewResource(serviceNoun,
		map[string]string{"id": idDescription, "user_name": "The user name of the service account."}, newServiceKind)}
}

func newPersonalKind(client *api.Client, _ *system.Connection) lifecycle.Kind[*personalModel, api.AccessToken] {
	return accessTokenKind[*personalModel]{client}
}

func newServiceKind(client *api.Client, _ *system.Connection) lifecycle.Kind[*serviceModel, api.AccessToken] {
	return serviceKind{accessTokenKind[*serviceModel]{client}}
}

// accessTokenKind is what is particular about Magpie's tokens: they have no names, an answer is the secret alone, the organization
// decides how long they live, and their settings follow in requests of their own. While planning it may be without a client.
type accessTokenKind[P model] struct {
	client *api.Client
}

// serviceKind is a kind whose tokens belong to an account that the configuration names.
type serviceKind struct {
	accessTokenKind[*serviceModel]
}

// account is the account of a model.
func (k accessTokenKind[P]) account(m P) account {
	return account{client: k.client, name: m.account()}
}

// Server implements [lifecycle.Kind]. The tokens of an account that is gone are gone with it.
func (k accessTokenKind[P]) Server(m P) lifecycle.Server[api.AccessToken] {
	if k.client == nil {
		return lifecycle.Server[api.AccessToken]{}
	}
	list := func(fetch func(context.Context, api.Account) ([]api.AccessToken, error)) func(context.Context) ([]api.AccessToken, error) {
		return func(ctx context.Context) ([]api.AccessToken, error) {
			all, err := fetch(ctx, m.account())
			if isGone(err) {
				return nil, nil
			}
			return all, err
		}
	}
	return lifecycle.Server[api.AccessToken]{
		Tenant: k.client.Tenant(), Login: func() string { return k.login(m) }, Anonymous: m.account() == api.Own, Now: k.client.Now, Sleep: k.client.Sleep,
		Row:  func(token api.AccessToken) lifecycle.Row { return row(k.client.Now(), token) },
		List: list(k.client.List), Recent: list(k.client.Recent), Refresh: list(k.client.Refresh),
		Memo:        func(all []api.AccessToken) *rest.Memo { return k.client.Memo(m.account(), all) },
		Seen:        func() map[string]bool { return k.client.Seen(m.account()) },
		UnknownAt:   func() *time.Time { return k.client.UnknownAt(m.account()) },
		NoteUnknown: func(at time.Time) { k.client.NoteUnknown(m.account(), at) },
		Lock:        func(ctx context.Context, _ string) (func(), error) { return k.client.LockAccount(ctx, m.account()) },
		Delete:      k.account(m).remove,
	}
}

// login is the user whose own tokens a list shows. A service account's list is the same for every administrator.
func (k accessTokenKind[P]) login(m P) string {
	if m.account() != api.Own {
		return ""
	}
	return k.client.Username()
}

// Connect implements [lifecycle.Connector].
func (k accessTokenKind[P]) Connect(ctx context.Context, _ P) error { return k.client.Ready(ctx) }

// Arguments implements [lifecycle.Kind].
func (k accessTokenKind[P]) Arguments() lifecycle.Arguments {
	return lifecycle.Arguments{Cleared: []string{"description"}}
}

// Arguments implements [lifecycle.Kind].
func (k serviceKind) Arguments() lifecycle.Arguments {
	arguments := k.accessTokenKind.Arguments()
	arguments.Replaced = []string{"user_name"}
	return arguments
}

// PlanKeep implements [lifecycle.Planner].
func (k accessTokenKind[P]) PlanKeep(p lifecycle.Planning[P]) {
	p.Plan.Shared().Status = p.Plan.token().planStatus(p.Plan.Shared().Status, p.State.token().settings)
}

// PlanNext implements [lifecycle.Planner].
func (k accessTokenKind[P]) PlanNext(lifecycle.Planning[P]) {}

// Check implements [lifecycle.Checker].
func (k accessTokenKind[P]) Check(_ context.Context, p lifecycle.Planning[P], action rotation.Action) diag.Diagnostics {
	if k.client == nil || action != rotation.Keep {
		return nil
	}
	return k.checkSwitch(p.State.token(), p.Plan.token())
}

// checkSwitch refuses to switch off the token that the provider is logged in with.
func (k accessTokenKind[P]) checkSwitch(state, plan *accessToken) diag.Diagnostics {
	if !plan.Disabled.ValueBool() || state.Disabled.ValueBool() || !k.client.IsOwnCredential(state.Secret.ValueString()) {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("disabled"), "The provider is logged in with this token",
		"Disabling it would cut off the provider in the middle of its work, so nothing was changed. Configure the provider with another credential first.")}
}

// Prepare implements [lifecycle.Kind].
func (k accessTokenKind[P]) Prepare(_ context.Context, plan P, _ string) (lifecycle.Request[api.AccessToken], diag.Diagnostics) {
	return lifecycle.Request[api.AccessToken]{
		Send: func(ctx context.Context) (lifecycle.Answer[api.AccessToken], error) {
			minted, err := k.client.Create(ctx, plan.account())
			return lifecycle.Answer[api.AccessToken]{Secret: minted.Token, ID: minted.ID}, err
		},
	}, nil
}

// Mark implements [lifecycle.Marker]. Without the mark the rotation goes on: it only matters if that is interrupted.
func (k accessTokenKind[P]) Mark(ctx context.Context, token api.AccessToken, series string) api.AccessToken {
	mark := markOf(series)
	if err := k.client.SetDescription(ctx, token.ID, mark); err == nil || rest.MayHaveExecuted(err) {
		token.Description = &mark
	}
	return token
}

// IsMarked implements [lifecycle.Marker].
func (k accessTokenKind[P]) IsMarked(token api.AccessToken, series string) bool {
	return token.Description != nil && isMark(*token.Description) && *token.Description == markOf(series)
}

// Finish implements [lifecycle.Finisher]: the switch first, and the description last, because until then it may be the mark.
func (k accessTokenKind[P]) Finish(ctx context.Context, m, plan P, token api.AccessToken) (api.AccessToken, diag.Diagnostics, error) {
	isRotated := token.Description != nil && isMark(*token.Description)
	switching, describing := plan.token().settings, plan.token().settings
	switching.Description, describing.Disabled = types.StringUnknown(), types.BoolUnknown()
	finished, err := k.account(m).update(ctx, token, settings{}, switching, false)
	switch {
	case err != nil:
	case lentUntil(plan.token().Description.ValueString()) != nil:
		return k.account(m).lend(ctx, finished, describing)
	case plan.token().Description.ValueString() != "" || !isRotated:
		finished, err = k.account(m).update(ctx, finished, settings{}, describing, false)
	default:
		return finished, k.unmark(ctx, token.ID), nil
	}
	return finished, nil, err
}

// unmark clears a mark. An organization that cannot clear texts keeps it, and nothing comes of that.
func (k accessTokenKind[P]) unmark(ctx context.Context, id string) diag.Diagnostics {
	err := k.client.SetDescription(ctx, id, "")
	if err == nil {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("description"), "A description could not be cleared",
		"The description of the token "+id+" still says that a rotation is under way, although it is done ("+err.Error()+"). This does no harm. Set description to replace the text.")}
}

// Change implements [lifecycle.Changer].
func (k accessTokenKind[P]) Change(ctx context.Context, state, plan P, record rotation.Record) (lifecycle.Change[api.AccessToken], diag.Diagnostics, error) {
	var change lifecycle.Change[api.AccessToken]
	had, wanted := state.token(), plan.token()
	if had.Description.ValueString() == wanted.Description.ValueString() && !wanted.Description.IsUnknown() && had.Disabled.Equal(wanted.Disabled) {
		return change, nil, nil
	}
	if diags := k.checkSwitch(had, wanted); diags.HasError() {
		return change, diags, nil
	}
	if had.ID.IsNull() {
		return change, nil, errors.New("the token cannot be changed, because its id could not be found when it was minted. " +
			"Its secret is in the state. Find out which token it is and delete it on the server; then remove the resource from the state with terraform state rm, and apply again")
	}
	isYoung := func() bool {
		return lifecycle.IsYoung(record, rotation.Instant(had.CreatedAt), rotation.Instant(had.ExpiresAt), k.client.Now())
	}
	token, err := k.account(plan).find(ctx, had.ID.ValueString(), isYoung)
	if err != nil {
		return change, nil, err
	}
	changed, err := k.account(plan).update(ctx, *token, had.settings, wanted.settings, isNormalized(record, *token))
	change.Row = &changed
	return change, nil, err
}

// IsOwnCredential implements [lifecycle.Kind]: only the secret tells.
func (k accessTokenKind[P]) IsOwnCredential(_ string, _ *api.AccessToken, secret string) bool {
	return k.client.IsOwnCredential(secret)
}

// Advise implements [lifecycle.Adviser].
func (k serviceKind) Advise(_ context.Context, _ lifecycle.Request[api.AccessToken], _ []api.AccessToken, err error) []string {
	if !rest.IsNotFound(err) || !rest.IsRefused(err, http.MethodPost) {
		return nil
	}
	return []string{adviceUserName}
}

// Foresee implements [lifecycle.Foreseer].
func (k serviceKind) Foresee(ctx context.Context, plan *serviceModel, _ int) diag.Diagnostic {
	return foreseeAccount(ctx, k.client, plan.UserName)
}

// foreseeAccount warns of a service account that does not exist, by the list that its tokens are looked up in.
func foreseeAccount(ctx context.Context, client *api.Client, user types.String) diag.Diagnostic {
	if user.IsUnknown() {
		return nil
	}
	if _, err := client.List(ctx, api.Account(user.ValueString())); !isGone(err) {
		return nil
	}
	return noAccount(user.ValueString())
}

// noAccount warns of a service account that does not exist.
func noAccount(user string) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("user_name"), "Magpie knows no service account "+user,
		"Its tokens could not be listed, because Magpie does not know the account. Applying this plan fails unless the account is created first. "+adviceUserName)
}

const adviceUserName = "Check user_name: it must be the user name of a service account of this organization."

// ImportID implements [lifecycle.Importer]: "<user_name>/<id>". A user name may hold a slash, an id does not.
func (k serviceKind) ImportID(_ context.Context, id string) (map[string]string, diag.Diagnostic, error) {
	at := strings.LastIndex(id, "/")
	if at <= 0 || !api.IsPathName(id[at+1:]) {
		return nil, diag.NewErrorDiagnostic("Invalid import ID", fmt.Sprintf(`The import ID of a %s is "<user_name>/<id>", got %.100q.`, serviceNoun.Words, id)), nil
	}
	return map[string]string{"user_name": id[:at], "id": id[at+1:]}, checkImportedUser(id[:at]), nil
}

// checkImportedUser refuses what the validator of user_name would, had it been asked.
func checkImportedUser(name string) diag.Diagnostic {
	if api.IsPathName(name) {
		return nil
	}
	return diag.NewErrorDiagnostic("Invalid import ID", fmt.Sprintf("%.100q is not a user name of a service account.", name))
}
