package lifecycle

import (
	"context"
	"errors"
	"fmt"
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
)

// LentArguments are the arguments and attributes of [Lent]; expiry ends the description of lifetime with what the system makes of it.
func LentArguments(expiry string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The token's id."},
		"created_at": schema.StringAttribute{Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC."},
		"expires_at": schema.StringAttribute{
			Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: "When the token expires if nothing revokes it before, as an RFC 3339 time in UTC; null where the system does not tell.",
		},
		"lifetime": schema.StringAttribute{
			Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.PositiveDuration(), rotation.NotLongerThan(lentAtMost)},
			MarkdownDescription: "How long the token lives at most, as a duration such as `30m`. Default `1h`, at most `24h`. Terraform revokes the token at the end of the run; when it cannot, because the run was killed or a consumer of the token failed, this limits how long the token works. " + expiry,
		},
		"mint_when": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`false` mints nothing: all attributes are null then. Terraform opens ephemeral resources in every plan and in every apply; `mint_when = terraform.applying` mints a token in an apply only. Default `true`.",
		},
		"verify": schema.BoolAttribute{
			Optional: true, MarkdownDescription: "`true` logs in with the token before anything uses it; if that fails, the token is revoked and the run stops. Default `false`.",
		},
	}
}

// LentNameArguments are the arguments and attributes of [LentName].
func LentNameArguments(rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{Computed: true, MarkdownDescription: "The token's name: the prefix, and an ending by which this provider knows its ephemeral tokens."},
		"name_prefix": schema.StringAttribute{
			Optional: true, Validators: rules,
			MarkdownDescription: "The beginning of the token's name. A unique ending of 10 characters is added; tokens with such an ending that have expired are deleted by the next ephemeral resource of this kind. Default `" + rotation.EphemeralPrefix + "`.",
		},
	}
}

func (l *Lent) isMinted() bool { return l.MintWhen.IsNull() || l.MintWhen.ValueBool() }

func (l *Lent) lifetime() time.Duration {
	if lifetime, isSet := rotation.Duration(l.Lifetime); isSet {
		return lifetime
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
	begin := prefix.ValueString()
	if prefix.IsNull() {
		begin = rotation.EphemeralPrefix
	}
	name := rotation.NewEphemeralName(begin)
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

// guarded is the token as guardrails judge it. It is never rotated and never stored.
func (l loan[P, R]) guarded(plan P) rotation.Guarded {
	token := rotation.Guarded{Rotates: true, Lifetime: rotation.Remedy{Argument: "lifetime", Advice: "Set lifetime within this limit."}}
	if namesOf(plan) == nil {
		// The server decides how long it lives; the provider revokes it by then.
		token.Age = l.lifetime
	} else {
		token.Lives = l.lifetime
	}
	return token
}

// mint mints the token, after it has deleted what earlier runs have left behind; false where there is none afterwards.
func (l loan[P, R]) mint(ctx context.Context, plan P, asked *Lent, diags *diag.Diagnostics) (P, lentToken, bool) {
	if connector, ok := l.kind.(Connector[P]); ok {
		if err := connector.Connect(ctx, plan); err != nil {
			diags.Append(l.report.Failure(system.Open, err))
			return plan, lentToken{}, false
		}
	}
	diags.Append(l.sweep(ctx)...)
	lent := lentToken{Lifetime: l.lifetime}
	until := l.server.Now().Add(l.lifetime)
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
	if err != nil {
		ok := !answer.Secret.IsEmpty() && l.server.StandIn != nil
		if ok {
			lent.ID, lent.Hidden = l.server.StandIn(lent.Name), true
			l.fill(ctx, plan, lent, answer)
			diags.Append(l.warnHidden(lent, until, err))
			ok = l.verifyHidden(ctx, lent, answer, asked, diags)
		} else {
			diags.Append(l.report.Failure(system.Open, l.unidentified(ctx, lent, err), l.advise(ctx, request, err)...))
		}
		return plan, lent, ok
	}
	lent.ID = l.server.Row(*row).ID
	return plan, lent, l.complete(ctx, plan, *row, lent, answer, asked, diags)
}

// complete does what a creation cannot, and takes in what the server tells. If it fails, the token is revoked.
func (l loan[P, R]) complete(ctx context.Context, plan P, row R, lent lentToken, answer Answer[R], asked *Lent, diags *diag.Diagnostics) bool {
	var more diag.Diagnostics
	var err error
	if finisher, ok := l.kind.(Finisher[P, R]); ok {
		row, more, err = finisher.Finish(ctx, plan, plan, row)
	}
	diags.Append(more...)
	take(plan, l.server.Row(row))
	l.kind.FromAPI(plan, row)
	l.fill(ctx, plan, lent, answer)
	var advice []string
	if err == nil && asked.Verify.ValueBool() {
		if err = l.verify(ctx, lent.ID, answer.Secret); err != nil {
			advice = []string{"Nothing has used the token. Run again; if this happens again, check that tokens of this kind may log in from this machine, or remove verify."}
		}
	}
	if warner, ok := l.kind.(Warner); ok {
		warner.Warn(diags)
	}
	if err != nil {
		diags.Append(l.report.Failure(system.Open, err, advice...))
	}
	if err != nil || more.HasError() {
		diags.Append(l.giveUp(ctx, lent)...)
		return false
	}
	return true
}

// fill completes the model with what the answer alone tells, and leaves nothing unknown.
func (l loan[P, R]) fill(ctx context.Context, plan P, lent lentToken, answer Answer[R]) {
	rotation.SetText(plan, "id", lent.ID)
	*plan.SecretAttribute() = types.StringValue(answer.Secret.Reveal())
	if t := plan.Shared(); !isKnown(t.ExpiresAt) {
		t.ExpiresAt = rotation.TimeValue(answer.Expiry)
	}
	rotation.NullUnknown(ctx, plan)
}

// verify logs in with the secret.
func (l loan[P, R]) verify(ctx context.Context, id string, secret rest.Secret) error {
	verifier, ok := l.kind.(Verifier)
	if !ok {
		return errors.New("the provider cannot verify a token of this kind: remove verify")
	}
	if err := verifier.Verify(ctx, id, secret); err != nil {
		return fmt.Errorf("the token was minted, but logging in with it failed: %w", rest.OfAnother(err))
	}
	return nil
}

// verifyHidden verifies a token that no list shows. What does not work is revoked as far as that is possible.
func (l loan[P, R]) verifyHidden(ctx context.Context, lent lentToken, answer Answer[R], asked *Lent, diags *diag.Diagnostics) bool {
	if !asked.Verify.ValueBool() {
		return true
	}
	err := l.verify(ctx, lent.ID, answer.Secret)
	if err != nil {
		diags.Append(l.report.Failure(system.Open, err))
		diags.Append(l.giveUp(ctx, lent)...)
	}
	return err == nil
}

// sweep deletes the ephemeral tokens of this kind that have expired: nobody has closed them. What it cannot delete does no harm.
func (l loan[P, R]) sweep(ctx context.Context) diag.Diagnostics {
	var diags diag.Diagnostics
	// One that another run has just extended must not pass for expired.
	all, err := l.server.Recent(ctx)
	if err != nil {
		// Then nothing can be minted either, which says why.
		return nil
	}
	for _, row := range all {
		r := l.server.Row(row)
		if !l.isLeftover(row) || l.kind.IsOwnCredential(r.ID, &row, "") {
			continue
		}
		// Once in a run, however many are opened at the same time.
		if !l.report.Connection().FirstNotice("sweep " + r.ID) {
			continue
		}
		if err := l.server.Delete(ctx, r.ID); err != nil {
			diags.AddWarning("An expired ephemeral token could not be deleted",
				fmt.Sprintf("The %s %s was left behind by an earlier run and has expired. It could not be deleted (%s). The next run tries again.", l.report.Noun().Words, lentToken{ID: r.ID, Name: r.Name}, err))
		}
	}
	return diags
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

// giveUp revokes a token of which an Open makes no use.
func (l loan[P, R]) giveUp(ctx context.Context, lent lentToken) diag.Diagnostics {
	if err := l.server.Delete(context.WithoutCancel(ctx), lent.ID); err != nil {
		return diag.Diagnostics{l.report.Failure(system.Revoke, fmt.Errorf("the ephemeral token %s, which nothing uses, was not revoked, and works until it expires. Delete it if that is too long: %w", lent, err))}
	}
	return nil
}

// unidentified explains a token that was minted and whose id could not be found. Nobody else has its name, so one more look may still revoke it.
func (l loan[P, R]) unidentified(ctx context.Context, lent lentToken, err error) error {
	if unidentified := (*Unidentified)(nil); !errors.As(err, &unidentified) {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if lent.Name != "" {
		all, _ := l.server.Refresh(ctx)
		left := l.server.fresh(all, lent.Name, nil)
		if len(left) == 1 && l.server.Delete(ctx, l.server.Row(left[0]).ID) == nil {
			return fmt.Errorf("the new token was revoked again: %w", err)
		}
		return fmt.Errorf("the new token %s could not be revoked either. Delete it, or let it expire: %w", lent.Name, err)
	}
	return fmt.Errorf("the new token could not be revoked either, because its id is not known. Delete the token that is new and that nobody else made: %w", err)
}

func (l loan[P, R]) advise(ctx context.Context, request Request[R], err error) []string {
	adviser, ok := l.kind.(Adviser[R])
	if !ok {
		return nil
	}
	all, problem := l.server.List(ctx)
	if problem != nil {
		return nil
	}
	return adviser.Advise(ctx, request, all, err)
}

func (l loan[P, R]) warnHidden(lent lentToken, until time.Time, err error) diag.Diagnostic {
	return diag.NewWarningDiagnostic("An ephemeral token may not be revoked",
		fmt.Sprintf("The %s %s works, but the provider cannot see it (%s), so it may not be able to revoke it at the end of the run. It expires at about %s.", l.report.Noun().Words, lent.Name, err, rotation.Format(until)))
}
