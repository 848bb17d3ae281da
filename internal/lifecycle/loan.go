package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Lent is what the models of all ephemeral tokens share, to be embedded in them.
type Lent struct {
	ID        types.String          `tfsdk:"id"`
	CreatedAt rotation.TimeText     `tfsdk:"created_at"`
	ExpiresAt rotation.TimeText     `tfsdk:"expires_at"`
	Lifetime  rotation.DurationText `tfsdk:"lifetime"`
	MintWhen  types.Bool            `tfsdk:"mint_when"`
	Verify    types.Bool            `tfsdk:"verify"`
}

// LentName is what the models of ephemeral tokens with names share besides.
type LentName struct {
	Name       types.String `tfsdk:"name"`
	NamePrefix types.String `tfsdk:"name_prefix"`
}

// Loan implements [EphemeralModel] for what embeds it.
func (l *Lent) Loan() *Lent { return l }

const (
	// lentFor is how long an ephemeral token lives at the most that the configuration says nothing about, and lentAtMost what it may say.
	lentFor    = time.Hour
	lentAtMost = 24 * time.Hour
	// lentAtLeast is the precision of the coarsest system.
	lentAtLeast = time.Minute
)

// LentArguments are the arguments and attributes of [Lent]; expiry ends the description of lifetime with what the system makes of it.
func LentArguments(expiry string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id."},
		"created_at": schema.StringAttribute{Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC."},
		"expires_at": schema.StringAttribute{
			Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: "When the token expires if nothing revokes it earlier, as an RFC 3339 time in UTC. Null where the system does not report it.",
		},
		"lifetime": schema.StringAttribute{
			Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.DurationBetween(lentAtLeast, lentAtMost)},
			MarkdownDescription: "How long the token lives at most, as a duration such as `30m`. From `1m` to `24h`; default `1h`, or `max_lifetime` of the provider's `policy` if that is shorter. Terraform revokes the token at the end of the run. If that fails, because the run was killed or a consumer of the token failed, the token works until it expires. " + expiry,
		},
		"mint_when": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`false` mints no token, and all computed attributes are null. Terraform opens ephemeral resources in every plan and in every apply; `mint_when = terraform.applying` mints a token only in an apply. Default `true`.",
		},
		"verify": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true` logs in with the new token first. If that fails, the token is revoked and the run stops. Default `false`.",
		},
	}
}

// LentNameArguments are the arguments and attributes of [LentName].
func LentNameArguments(rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The token's name: the prefix, and a suffix by which this provider recognizes its ephemeral tokens."},
		"name_prefix": schema.StringAttribute{
			Optional: true, Validators: rules,
			MarkdownDescription: "The beginning of the token's name. A unique suffix of 10 characters is added. The next ephemeral resource of this kind deletes expired tokens with such a suffix. Default `" + rotation.EphemeralPrefix + "`.",
		},
	}
}

func (l *Lent) isMinted() bool { return l.MintWhen.IsNull() || l.MintWhen.ValueBool() }

// lifetime is how long the token lives where a policy allows no more than a limit; 0 is none.
func (l *Lent) lifetime(limit time.Duration) time.Duration {
	lifetime, isSet := rotation.Duration(l.Lifetime)
	switch {
	case isSet:
		return lifetime
	case limit > 0:
		return min(lentFor, limit)
	}
	return lentFor
}

// show takes in what every token tells.
func (l *Lent) show(token Model) {
	t := token.Shared()
	l.ID, l.CreatedAt, l.ExpiresAt = t.ID, t.CreatedAt, t.ExpiresAt
}

// lend completes the model of an ephemeral token with a name, which the provider makes up.
func (n *Named) lend(prefix types.String, lifetime time.Duration) string {
	name := rotation.NewEphemeralName(cmp.Or(prefix.ValueString(), rotation.EphemeralPrefix))
	n.Name, n.Lifetime = types.StringValue(name), rotation.DurationValue(lifetime)
	return name
}

// loan is one token that is minted for one run.
type loan[P Model, R any] struct {
	kind     Kind[P, R]
	server   Server[R]
	report   reporter
	lifetime time.Duration
}

// guardedLoan is a token as guardrails judge it. It is never rotated and never stored, and where the server decides when it expires, the
// provider revokes it.
func guardedLoan(lifetime time.Duration) rotation.Guarded {
	return rotation.Guarded{Rotates: true, Lives: lifetime, Lifetime: rotation.Remedy{Argument: "lifetime", Advice: "Set lifetime within this limit."}}
}

// mint mints the token, after it has deleted what earlier runs have left behind on the account; false where there is none afterwards.
func (l loan[P, R]) mint(ctx context.Context, plan P, account string, asked *Lent, diags *diag.Diagnostics) (P, lentToken, bool) {
	if _, ok := l.kind.(Verifier); asked.Verify.ValueBool() && !ok {
		diags.Append(l.report.Failure(system.Mint, errors.New("the provider cannot verify a token of this kind: remove verify")))
		return plan, lentToken{}, false
	}
	if connector, ok := l.kind.(Connector[P]); ok {
		if err := connector.Connect(ctx, plan); err != nil {
			diags.Append(l.report.Failure(system.Mint, err))
			return plan, lentToken{}, false
		}
	}
	diags.Append(l.sweep(ctx, account)...)
	now := l.server.Now()
	until := now.Add(l.lifetime)
	lent := lentToken{Lifetime: l.lifetime, MintedAt: now, Until: until}
	plan.Shared().ExpiresAt = rotation.UnknownTime()
	if names := namesOf(plan); names != nil {
		lent.Name = names.lend(names.NamePrefix, l.lifetime)
	}
	if lender, ok := l.kind.(Lender[P, R]); ok {
		lender.Lend(plan, until)
	}
	request, more := l.kind.Prepare(ctx, plan, lent.Name)
	if diags.Append(more...); diags.HasError() {
		return plan, lent, false
	}
	var answer Answer[R]
	row, err := l.server.Mint(ctx, request, func(a Answer[R]) { answer = a })
	switch {
	case err == nil:
		lent.ID = l.server.Row(*row).ID
		ok := l.complete(ctx, plan, *row, &lent, answer, asked, diags)
		lent.Lifetime = l.granted(rotation.Instant(plan.Shared().ExpiresAt))
		lent.Until = now.Add(lent.Lifetime)
		return plan, lent, ok
	case answer.Secret.IsEmpty() || l.server.StandIn == nil:
		diags.Append(l.refused(ctx, request, lent, answer, err)...)
		return plan, lent, false
	}
	lent.ID, lent.Hidden = l.server.StandIn(lent.Name), true
	l.fill(ctx, plan, lent, answer)
	if err := l.verify(ctx, lent.ID, answer.Secret, asked); err != nil {
		diags.Append(l.report.Failure(system.Mint, err))
		diags.Append(l.giveUp(ctx, lent)...)
		return plan, lent, false
	}
	diags.Append(l.warnHidden(lent, until, err))
	return plan, lent, true
}

// granted is how long a token lives: a server may grant less than what was asked for, and then the token is renewed the sooner.
func (l loan[P, R]) granted(expiry *time.Time) time.Duration {
	if expiry == nil || rotation.Expired(expiry, l.server.Now()) {
		return l.lifetime
	}
	if left := expiry.Sub(l.server.Now()); left < l.lifetime-time.Minute {
		return left
	}
	return l.lifetime
}

// refused explains a mint that has failed. A token that was minted and that no list shows is revoked by the id that the answer told; it is no
// token that was there before.
func (l loan[P, R]) refused(ctx context.Context, request Request[R], lent lentToken, answer Answer[R], err error) diag.Diagnostics {
	unidentified := (*Unidentified)(nil)
	if !errors.As(err, &unidentified) {
		return diag.Diagnostics{l.report.Failure(system.Mint, err, l.advise(ctx, request, err)...)}
	}
	which := "the token that is new and that nobody else created"
	if answer.ID != "" && !answer.known[answer.ID] {
		lent.ID = answer.ID
	} else if lent.Name != "" {
		which = fmt.Sprintf("the token %q", lent.Name)
		// Nobody else has its name, so one more look may still find it.
		all, _ := l.server.Refresh(context.WithoutCancel(ctx))
		if left := l.server.Named(all, lent.Name); len(left) == 1 {
			lent.ID = l.server.Row(left[0]).ID
		}
	}
	if lent.ID != "" {
		more := l.giveUp(ctx, lent)
		if len(more) == 0 {
			err = fmt.Errorf("the new token was revoked again: %w", err)
		}
		return append(diag.Diagnostics{l.report.Failure(system.Mint, err)}, more...)
	}
	return diag.Diagnostics{l.report.Failure(system.Mint, fmt.Errorf("the new token could not be revoked either, because its id is not known. Delete %s: %w", which, err))}
}

// complete does what a creation cannot, and takes in what the server tells. If it fails, the token is revoked.
func (l loan[P, R]) complete(ctx context.Context, plan P, row R, lent *lentToken, answer Answer[R], asked *Lent, diags *diag.Diagnostics) bool {
	var more diag.Diagnostics
	var err error
	if finisher, ok := l.kind.(Finisher[P, R]); ok {
		row, more, err = finisher.Finish(ctx, plan, plan, row)
	}
	diags.Append(more...)
	if lender, ok := l.kind.(Lender[P, R]); ok {
		lent.Marked = lender.LentUntil(row) != nil
	} else if err == nil {
		err = expiresBy(l.server.Row(row), lent.Until)
	}
	take(plan, l.server.Row(row))
	l.kind.FromAPI(plan, row)
	l.fill(ctx, plan, *lent, answer)
	if err == nil && !more.HasError() {
		err = l.verify(ctx, lent.ID, answer.Secret, asked)
	}
	if warner, ok := l.kind.(Warner); ok {
		warner.Warn(diags)
	}
	if err != nil {
		diags.Append(l.report.Failure(system.Mint, err))
	}
	if err != nil || more.HasError() {
		diags.Append(l.giveUp(ctx, *lent)...)
		return false
	}
	return true
}

// expiresBy refuses a token that lives longer than was asked for: should nobody revoke it, nothing else would end it in time.
func expiresBy(row Row, until time.Time) error {
	switch {
	case row.Expiry == nil:
		return errors.New("the server minted a token that never expires instead of one with the requested lifetime, so the provider revokes it")
	case row.Expiry.After(until.Add(max(row.Within, clockSlack) + time.Minute)):
		return fmt.Errorf("the server minted a token that expires at %s instead of one with the requested lifetime, so the provider revokes it", rotation.Format(*row.Expiry))
	}
	return nil
}

// fill completes the model with what the answer alone tells, and leaves nothing unknown. What a list shows of the expiry counts.
func (l loan[P, R]) fill(ctx context.Context, plan P, lent lentToken, answer Answer[R]) {
	rotation.SetText(plan, "id", lent.ID)
	*plan.SecretAttribute() = types.StringValue(answer.Secret.Reveal())
	if t := plan.Shared(); t.ExpiresAt.IsUnknown() {
		t.ExpiresAt = rotation.TimeValue(answer.Expiry)
	}
	rotation.NullUnknown(ctx, plan)
}

// verify logs in with the secret where that is asked for.
func (l loan[P, R]) verify(ctx context.Context, id string, secret rest.Secret, asked *Lent) error {
	verifier, ok := l.kind.(Verifier)
	if !ok || !asked.Verify.ValueBool() {
		return nil
	}
	if err := verifier.Verify(ctx, id, secret); err != nil {
		return fmt.Errorf("the token was minted, but logging in with it failed, so the provider revokes it. Check that its owner is active and may use tokens, then run again: %w", rest.OfAnother(err))
	}
	return nil
}

// sweep deletes the ephemeral tokens of this kind and account that have expired: nobody has closed them. It happens once in a run, and
// who comes meanwhile waits. What it cannot delete does no harm.
func (l loan[P, R]) sweep(ctx context.Context, account string) diag.Diagnostics {
	var diags diag.Diagnostics
	l.report.Connection().Once("sweep "+l.report.Noun().Type+" "+account, func() {
		// One that another run has just extended must not pass for expired, also where deleting the others takes long. If the list fails,
		// nothing can be minted either, which says why.
		all, _ := l.server.Recent(ctx)
		leftovers := slices.DeleteFunc(slices.Clone(all), func(row R) bool {
			return !l.isLeftover(row) || l.kind.IsOwnCredential(l.server.Row(row).ID, &row, "")
		})
		var failed []string
		var problem error
		for _, row := range leftovers {
			if ctx.Err() != nil || problem != nil && !isRefusal(problem) {
				break
			}
			r := l.server.Row(row)
			if err := l.server.Delete(ctx, r.ID); err != nil {
				failed, problem = append(failed, called(r.Name, r.ID)), err
			}
		}
		if problem != nil && ctx.Err() == nil {
			diags.AddWarning("Expired ephemeral tokens could not be deleted",
				fmt.Sprintf("Earlier runs have left behind %s, which have expired and could not be deleted (%s). The next run tries again.", strings.Join(failed, ", "), problem))
		}
	})
	return diags
}

// isRefusal reports an error that is about one request: the next one may succeed.
func isRefusal(err error) bool {
	var e *rest.Error
	return !errors.As(err, &e) || e.Kind == rest.Refused
}

// isLeftover reports an ephemeral token of this provider's whose time is over.
func (l loan[P, R]) isLeftover(row R) bool {
	if lender, ok := l.kind.(Lender[P, R]); ok {
		until := lender.LentUntil(row)
		return until != nil && rotation.Expired(until, l.server.Now())
	}
	r := l.server.Row(row)
	return r.Expired && rotation.IsEphemeralName(r.Name)
}

// renews reports whether a token can be extended.
func (l loan[P, R]) renews() bool {
	if _, ok := l.kind.(Lender[P, R]); ok {
		return true
	}
	ender, ok := l.kind.(Ender)
	return ok && ender.Ends()
}

func (l loan[P, R]) extend(ctx context.Context, id string, until time.Time) error {
	if lender, ok := l.kind.(Lender[P, R]); ok {
		return lender.Extend(ctx, id, until)
	}
	ender, _ := l.kind.(Ender)
	return ender.EndAt(ctx, id, until)
}

// notExtended warns of a token that a run has used although it could not be extended.
func (l loan[P, R]) notExtended(lent lentToken, problem string) diag.Diagnostic {
	consequence := "it has expired"
	if _, ok := l.kind.(Lender[P, R]); ok {
		consequence = "another run may have revoked it as left over"
	}
	return diag.NewWarningDiagnostic("An ephemeral token could not be extended",
		fmt.Sprintf("The %s %s could not be extended (%s). If this run has lasted longer than its lifetime of %s, %s, and what used it may have failed. Set a longer lifetime.", l.report.Noun().Words, lent, problem, lent.Lifetime.Round(time.Second), consequence))
}

// giveUp revokes a token of which an Open makes no use.
func (l loan[P, R]) giveUp(ctx context.Context, lent lentToken) diag.Diagnostics {
	if err := l.server.Delete(context.WithoutCancel(ctx), lent.ID); err != nil {
		return diag.Diagnostics{l.alive(lent, lent.String()+", which nothing uses,", err)}
	}
	return nil
}

// alive is the error about a token that was not revoked.
func (l loan[P, R]) alive(lent lentToken, token string, err error) diag.Diagnostic {
	outcome, lasts := "was not revoked", "It works until it expires. Delete it manually if that is too late"
	if rest.MayHaveExecuted(err) {
		outcome = "might not have been revoked"
	}
	if _, ok := l.kind.(Lender[P, R]); ok {
		lasts = "Nothing revokes it later: delete it manually"
		if lent.Marked {
			lasts = "The next ephemeral resource of this kind revokes it after its lifetime. Delete it manually if that is too late"
		}
	}
	return l.report.Failure(system.Revoke, fmt.Errorf("the token %s %s. %s: %w", token, outcome, lasts, err))
}

// advise is what the kind says about a refusal.
func (l loan[P, R]) advise(ctx context.Context, request Request[R], err error) []string {
	adviser, ok := l.kind.(Adviser[R])
	if !ok || !rest.IsRefused(err, http.MethodPost) || errors.As(err, new(*lostEarlier)) {
		return nil
	}
	all, problem := l.server.Refresh(ctx)
	if problem != nil {
		return nil
	}
	return adviser.Advise(ctx, request, all, err)
}

func (l loan[P, R]) warnHidden(lent lentToken, until time.Time, err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("An ephemeral token might not be revoked",
		fmt.Sprintf("The %s %s works, but the provider cannot see it (%s), so it may not be able to revoke it at the end of the run. It expires at about %s.", l.report.Noun().Words, lent.Name, err, rotation.Format(until)))
}
