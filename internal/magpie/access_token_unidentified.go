package magpie

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// leadsKey is where the leads to an unidentified token stand, in private state.
const leadsKey = "leads"

// adviceOf says what to do about a token without an id.
func adviceOf(r objects) string {
	if r.Noun() == exclusiveNoun {
		return "Delete the account's other tokens in Magpie: the next plan takes the one that is left for the one that Terraform manages. " +
			"Or change rotation_triggers, after terraform untaint if the resource is tainted: that deletes them all and mints a new one."
	}
	return "Terraform marks the resource as tainted. Find out in Magpie which token it is and delete it there; then remove the resource from the state with terraform state rm, and apply again."
}

// adviceInPlace says what to do about a token without an id that a rotation in place has minted.
const adviceInPlace = "The token before keeps working. Every refresh looks again which token it is. If it cannot tell, find out in Magpie which one nobody else made, and delete it there: then the next apply mints another one in place."

// adviceSealed adds what is different when the provider cannot try the secrets.
const adviceSealed = " Without this secret and the one before in plain the provider cannot try them, and cannot tell while others of them stay: then remove the resource from the state with terraform state rm, apply again, and delete the earlier tokens by hand."

// adviceAbout says what to do about a state without an id that is not tainted.
func adviceAbout(state plainModel) string {
	if state.Token.IsNull() || state.PreviousSecret.IsNull() {
		return adviceInPlace + adviceSealed
	}
	return adviceInPlace
}

// refuseUnidentified refuses a plan that would have to change a token without an id.
func refuseUnidentified(r objects, state plainModel, changes bool) diag.Diagnostics {
	var diags diag.Diagnostics
	if changes && state.isUnidentified() {
		diags.AddAttributeError(path.Root("id"), "The id of a "+r.Noun().Words+" is not known",
			"The token"+ofAccount(state.serviceModel)+" cannot be changed or rotated, because its id could not be told when it was minted. "+adviceAbout(state))
	}
	return diags
}

// findUnidentified tries to tell which token the state's secret belongs to. What is neither among those from before nor another
// resource's could be it. A secret that is still accepted belongs to the one that is left; one that is proved dead has lost its
// token. Without the secret in plain only the time of its creation speaks for the one that is left. If the token is gone, the state
// says so.
func findUnidentified(ctx context.Context, client *api.Client, state *plainModel, private rotation.PrivateReader) (*api.AccessToken, error) {
	if !state.isUnidentified() {
		return nil, nil //nolint:nilnil // it has been found missing before
	}
	hints, diags := loadLeads(ctx, private)
	if diags.HasError() || !hints.remembered {
		return nil, nil //nolint:nilnil // nothing tells one token from another
	}
	all, err := client.ListAnew(ctx, state.account())
	if isGone(err) {
		state.missing()
		return nil, nil //nolint:nilnil // it went with its account
	}
	if err != nil {
		return nil, err
	}
	created := rotation.Instant(state.CreatedAt)
	left := slices.DeleteFunc(slices.Clone(all), func(t api.AccessToken) bool {
		return !hints.admit(t) || !isOfTime(t, created) || client.IsManaged(t.ID) || t.ID == state.PreviousID.ValueString()
	})
	settles := isSettling(client, created)
	if len(left) == 0 {
		if !settles {
			state.missing()
		}
		return nil, nil //nolint:nilnil // none
	}
	fits := created != nil && left[0].Created.At != nil && left[0].Created.At.Sub(*created).Abs() <= mintingTime
	if state.Token.IsNull() {
		if len(left) == 1 && len(hints.Candidates) < 2 && fits {
			return &left[0], nil
		}
		return nil, nil //nolint:nilnil // nothing proves which one
	}
	accepted, err := client.Accepts(ctx, rest.NewSecret(state.Token.ValueString()))
	if err != nil {
		return nil, err
	}
	switch {
	case !accepted && !settles:
		dead, err := isProvedDead(ctx, client, state, left)
		if err != nil {
			return nil, err
		}
		if dead {
			state.missing()
		}
	case accepted && len(left) == 1 && (fits || !settles):
		return &left[0], nil
	}
	return nil, nil //nolint:nilnil // gone, or one of several
}

// isProvedDead decides whether a refused login means that the token is gone. It may be disabled, and a locked account refuses
// everything: only the generation before, if it is accepted, speaks against that.
func isProvedDead(ctx context.Context, client *api.Client, state *plainModel, left []api.AccessToken) (bool, error) {
	isDisabled := func(t api.AccessToken) bool { return t.Disabled != nil && *t.Disabled }
	if state.PreviousSecret.ValueString() == "" || slices.ContainsFunc(left, isDisabled) {
		return false, nil
	}
	return client.Accepts(ctx, rest.NewSecret(state.PreviousSecret.ValueString()))
}

// rememberLeads keeps what is known about which token an unidentified one could be.
func rememberLeads(ctx context.Context, private rotation.PrivateWriter, err error) diag.Diagnostics {
	var doubt *uncertain
	if !errors.As(err, &doubt) {
		return nil
	}
	raw, marshalErr := json.Marshal(doubt.leads)
	if marshalErr != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Provider bug: private state", marshalErr.Error())}
	}
	return private.SetKey(ctx, leadsKey, raw)
}

func loadLeads(ctx context.Context, private rotation.PrivateReader) (leads, diag.Diagnostics) {
	var hints leads
	raw, diags := private.GetKey(ctx, leadsKey)
	if len(raw) > 0 {
		hints.remembered = json.Unmarshal(raw, &hints) == nil
	}
	return hints, diags
}

// remindUnidentified reminds of a token without an id. One with a generation before it was minted by a rotation in place, and is
// not tainted.
func remindUnidentified(r objects, state plainModel) diag.Diagnostic {
	advice := adviceOf(r)
	if state.HasPrevious() {
		advice = adviceAbout(state)
	}
	return diag.NewWarningDiagnostic("The id of a "+r.Noun().Words+" is not known",
		"When the token was minted"+ofAccount(state.serviceModel)+", its id could not be told. Its secret is in the state. "+advice)
}

func ofAccount(state serviceModel) string {
	if state.UserName.ValueString() == "" {
		return ""
	}
	return " for " + state.UserName.ValueString()
}

func (l leads) admit(token api.AccessToken) bool {
	if len(l.Candidates) > 0 {
		return slices.Contains(l.Candidates, token.ID)
	}
	return !slices.Contains(l.Known, token.ID)
}

// anyZone is longer than the zones of the world lie apart: a list's times may be local ones that do not say so.
const anyZone = 30 * time.Hour

// isOfTime reports whether a token may have been minted at a time. It is what is left when Terraform replaces a tainted resource:
// the half that deletes gets no private state then.
func isOfTime(token api.AccessToken, at *time.Time) bool {
	return at == nil || token.Created.At == nil || token.Created.At.Sub(*at).Abs() < anyZone
}

// deleteUnidentified forgets a token without an id once nothing is left that it could be; until then it names what it could be.
func deleteUnidentified(ctx context.Context, r objects, client *api.Client, state serviceModel, private rotation.PrivateReader) diag.Diagnostics {
	hints, diags := loadLeads(ctx, private)
	all, err := client.ListAnew(ctx, state.account())
	if isGone(err) {
		return diags
	}
	if err != nil {
		diags.Append(failure(r, system.Delete, err))
		return diags
	}
	var left []string
	for _, token := range all {
		if hints.admit(token) && isOfTime(token, rotation.Instant(state.CreatedAt)) {
			left = append(left, token.ID)
		}
	}
	if len(left) == 0 && len(hints.Candidates) == 0 && isSettling(client, rotation.Instant(state.CreatedAt)) {
		diags.AddError("Unable to delete "+r.Noun().Words,
			"The token was minted a moment ago"+ofAccount(state)+", its id could not be told, and the list does not show it. It may do so later: apply again in two minutes.")
		return diags
	}
	if len(left) == 0 {
		return diags
	}
	diags.AddError("Unable to delete "+r.Noun().Words,
		"When the token was minted"+ofAccount(state)+", its id could not be told, so deleting it could hit somebody else's. It is one of: "+strings.Join(left, ", ")+
			". Find out in Magpie which one and delete it there; then remove the resource from the state with terraform state rm.")
	return diags
}
