package truefoundry

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// A token of another user is minted with the key of an administrator of the tenant, and the answer is the secret alone. Whether the list
// shows such tokens to an administrator is not documented, nor whether its rows tell whose they are. So the list is believed where it
// proves what it says, and everything works without it but what takes the token's id: to notice that it is gone, and to revoke it.

// standIn is what a state knows a token of another user by until a list shows its id, and what it can be imported by.
func standIn(email, name string) string { return email + "/" + name }

// caller is the e-mail address of the user whose personal access token the provider has as its key; empty where the list does not tell.
func (k personalAccessTokenKind) caller(all []api.ServiceAccount) string {
	caller := ""
	for i := range all {
		if !k.IsOwnCredential("", &all[i], "") {
			continue
		}
		// An opaque key tells its name, which tokens of several users may have.
		owner := all[i].OwnerEmail()
		if owner == "" || caller != "" && !strings.EqualFold(owner, caller) {
			return ""
		}
		caller = owner
	}
	return caller
}

// mayBelongTo reports whether a row does not tell that it is somebody else's than a user's.
func mayBelongTo(a api.ServiceAccount, email string) bool {
	return a.OwnerEmail() == "" || strings.EqualFold(a.OwnerEmail(), email)
}

// belongsTo reports whether a row is surely that of a user's token. Names are only unique among the tokens of one user, so that a name
// tells a token by itself only if this provider has made it up.
func belongsTo(a api.ServiceAccount, email string) bool {
	if a.OwnerEmail() != "" {
		return strings.EqualFold(a.OwnerEmail(), email)
	}
	_, isGenerated := rotation.Prefix(a.Name)
	return isGenerated || rotation.IsEphemeralName(a.Name)
}

// showsAllOf reports whether a list shows every token of a user, as far as they were created by somebody: it holds the token that the
// platform makes for each user, or another one of the same creator. That creator must not be the user: rows may name the owner of a token
// as its creator, whoever has asked for it.
func showsAllOf(all []api.ServiceAccount, email, creator string) bool {
	return slices.ContainsFunc(all, func(a api.ServiceAccount) bool {
		by := a.CreatedBy
		owner := a.OwnerEmail()
		if owner == "" {
			owner = by.Name
		}
		isSystemMade := by.ID != "" && a.Name == "default-"+by.ID && strings.EqualFold(owner, email)
		isCreators := creator != "" && by.ID == creator && (by.Type == "virtualaccount" || by.Name != "" && !strings.EqualFold(by.Name, email))
		return isSystemMade || isCreators
	})
}

// hidden says why the list does not prove that a token of another user is gone; nil if it does.
func (k personalAccessTokenKind) hidden(ctx context.Context, m *personalAccessTokenModel, id string) error {
	email := m.UserEmail.ValueString()
	// Of one that is known by its id, the name does not matter.
	_, name, isStandIn := strings.Cut(id, "/")
	why := &lifecycle.Hidden{
		Reason: "Nothing in the list of personal access tokens proves that TrueFoundry would show those of " + email + " to the provider.",
		Advice: func(name string) string {
			return "To have it revoked, ask " + email + " to delete the token \"" + name + "\" on TrueFoundry, or set api_key to a key that can see it. (An administrator can revoke all personal access tokens of a user, but that revokes the user's other tokens, too.)"
		},
	}
	all, err := k.client.ListPersonalAccessTokens(ctx)
	switch {
	case api.IsRefusal(err):
		why.Reason = "TrueFoundry does not list personal access tokens for the provider's key (" + err.Error() + ")."
		return why
	case err != nil:
		return err
	}
	candidates := slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool {
		return !mayBelongTo(a, email) || a.ID != id && (!isStandIn || a.Name != name)
	})
	switch {
	case len(candidates) > 0:
		why.Reason = fmt.Sprintf("TrueFoundry lists %s, but does not show who owns it.", describeAll(candidates))
		return why
	case !showsAllOf(all, email, subjectID(m.CreatedBy)):
		return why
	}
	return nil
}

// deleteOfUser deletes a token of another user, by its id or by its substitute.
func (k personalAccessTokenKind) deleteOfUser(ctx context.Context, m *personalAccessTokenModel, id string) error {
	if strings.Contains(id, "/") {
		email := m.UserEmail.ValueString()
		all, err := (&share{kind: k, email: email}).of(k.client.RefreshPersonalAccessTokens)(ctx)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(a api.ServiceAccount) bool { return standIn(email, a.Name) == id })
		if at < 0 {
			return k.hidden(ctx, m, id)
		}
		id = all[at].ID
	}
	before, _ := k.client.ListPersonalAccessTokens(ctx)
	found, err := k.client.DeletePersonalAccessToken(ctx, id)
	switch {
	case rest.IsRefused(err, http.MethodGet):
		// It is not known there, and who may not list anything learns no more.
		return k.hidden(ctx, m, id)
	case rest.IsNotFound(err):
		return fmt.Errorf("TrueFoundry may not let the provider's key delete a token of %s. Ask this user to delete it: %w", m.UserEmail.ValueString(), err)
	case err != nil || found || byID(before, id) != nil:
		// A list that has just shown it, and lacks it now, proves that it is gone.
		return err
	}
	return k.hidden(ctx, m, id)
}

// importOfUser reads an import id that names another user.
func (k personalAccessTokenKind) importOfUser(ctx context.Context, email, token string) (map[string]string, diag.Diagnostic, error) {
	all, err := k.client.ListPersonalAccessTokens(ctx)
	if err != nil {
		return nil, nil, err
	}
	theirs := slices.DeleteFunc(slices.Clone(all), func(a api.ServiceAccount) bool { return !mayBelongTo(a, email) })
	if account := byID(theirs, token); account != nil {
		return map[string]string{"id": account.ID, "user_email": email}, nil, nil
	}
	candidates := named(theirs, token)
	proven := slices.DeleteFunc(slices.Clone(candidates), func(a api.ServiceAccount) bool { return !belongsTo(a, email) })
	switch {
	case len(proven) == 1:
		return map[string]string{"id": proven[0].ID, "user_email": email}, nil, nil
	case len(candidates) > 0:
		return nil, diag.NewErrorDiagnostic("The owner of the "+personalAccessTokenNoun.Words+" is not known",
			fmt.Sprintf("TrueFoundry lists tokens of the name %q, but does not show who owns them: %s. Import by %s instead.", token, describeAll(candidates), standIn(email, "<id>"))), nil
	}
	return nil, diag.NewErrorDiagnostic("No such "+personalAccessTokenNoun.Words,
		fmt.Sprintf("Of all tokens that the provider's key can see (%d), none of %s has the id or the name %q. A token that TrueFoundry does not show to the provider cannot be imported: neither its expiry nor its id is known.", len(all), email, token)), nil
}

// isForOther reports whether a token surely was minted for another user: somebody else than its owner has created it, or the caller is a
// virtual account, which owns none.
func (k personalAccessTokenKind) isForOther(token api.ServiceAccount) bool {
	owner, by := token.OwnerEmail(), token.CreatedBy
	return owner != "" && (by.Type == "virtualaccount" || by.Name != "" && !strings.EqualFold(by.Name, owner) || k.client.KeyKind(nil) == api.KindVirtualAccount)
}

// Infer implements [lifecycle.Inferrer].
func (k personalAccessTokenKind) Infer(m *personalAccessTokenModel, token api.ServiceAccount) {
	if m.UserEmail.IsNull() && k.isForOther(token) {
		m.UserEmail = types.StringValue(token.OwnerEmail())
	}
}

// Complete implements [lifecycle.Completer]: not every import tells whose a token is. Naming the owner then is no change, unless the list
// shows that the token is somebody else's.
func (k personalAccessTokenKind) Complete(ctx context.Context, state, plan *personalAccessTokenModel) {
	if !state.UserEmail.IsNull() || !isKnown(plan.UserEmail) {
		return
	}
	if k.client != nil {
		all, _ := k.client.ListPersonalAccessTokens(ctx)
		if row := byID(all, state.ID.ValueString()); row != nil && !mayBelongTo(*row, plan.UserEmail.ValueString()) {
			return
		}
	}
	state.UserEmail, state.TokenType = plan.UserEmail, types.StringNull()
}

// Check implements [lifecycle.Checker]: it warns of a token that may be seen for the last time when it is minted.
func (k personalAccessTokenKind) Check(ctx context.Context, p lifecycle.Planning[*personalAccessTokenModel], action rotation.Action) diag.Diagnostics {
	email := p.Config.UserEmail
	if action == rotation.Keep || !isKnown(email) || k.client == nil {
		return nil
	}
	all, err := k.client.ListPersonalAccessTokens(ctx)
	isTheirs := func(a api.ServiceAccount) bool { return strings.EqualFold(a.OwnerEmail(), email.ValueString()) }
	if err == nil && slices.ContainsFunc(all, isTheirs) {
		return nil
	}
	advice := "Only its expiry then ends it: set a short lifetime."
	if p.Config.Lifetime.IsNull() && p.Config.ExpiresAt.IsNull() {
		advice = "Set a short lifetime: nothing else may ever revoke it."
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("user_email"), "The provider may not be able to revoke this token",
		"The list of personal access tokens shows the provider none of "+email.ValueString()+". To revoke a token the provider needs its id, which only that list shows. "+advice)}
}
