package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Bulk is what the models of all actions on many tokens share, to be embedded in them.
type Bulk struct {
	IDs      types.List  `tfsdk:"ids"`
	MaxCount types.Int64 `tfsdk:"max_count"`
	DryRun   types.Bool  `tfsdk:"dry_run"`
}

func (b *Bulk) bulk() *Bulk { return b }

var _ interface{ bulk() *Bulk } = (*Bulk)(nil)

// defaultMaxCount is how many tokens an action may act on where the configuration does not say.
const defaultMaxCount = 10

// BulkArguments are the arguments of [Bulk].
func BulkArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"ids": schema.ListAttribute{
			Optional: true, ElementType: types.StringType,
			Validators:          []validator.List{listvalidator.SizeAtLeast(1), listvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
			MarkdownDescription: "Only the tokens with these ids. An id that no longer exists is not an error, and null elements are ignored. Set `ids` or at least one filter.",
		},
		"max_count": schema.Int64Attribute{
			Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
			MarkdownDescription: fmt.Sprintf("How many tokens the action may act on at most. If more match, the action fails and changes nothing. Default %d.", defaultMaxCount),
		},
		"dry_run": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true` reports which tokens match, and changes nothing. Default `false`."},
	}
}

// ActionModel is the configuration of an action on many tokens: a pointer to a struct M that embeds [rotation.Audit], or a part of it, and
// [Bulk].
type ActionModel[C, M, R any] interface {
	*M
	Schema() actionschema.Schema
	// List returns the rows to choose from, as the server shows them now. An error among the diagnostics refuses the action.
	List(ctx context.Context, r Reading[C]) ([]R, error)
	// Selects applies the audit filters, and Passes the model's own.
	Selects(facts rotation.Facts, now time.Time) bool
	Passes(row R, now time.Time) bool
	bulk() *Bulk
}

// BulkAction is what is particular about an action on many tokens of a noun. C is the system's client, P the model.
type BulkAction[C, P, R any] struct {
	Listing[R]
	// Name follows the system's in the type name ("revoke_personal_access_tokens").
	Name string
	// Verb and Done are words for messages ("revoke", "revoked").
	Verb system.Verb
	Done string
	// Filters are the model's own arguments that narrow the selection down, beside the audit filters.
	Filters []string
	// Check refuses what cannot be done with a client at all, before anything is sent; nil where nothing is.
	Check func(client C, m P) diag.Diagnostic
	// IsOwn reports whether the provider is logged in with a token, which is always spared.
	IsOwn func(client C, row R) bool
	// IsDone reports whether nothing has to be done about a token that matches; nil where something always has.
	IsDone func(client C, m P, row R) bool
	// Batch is how many tokens one call of Act takes; 0 stands for 1. An error is about all of them, unless it is a [*Partial].
	Batch int
	Act   func(ctx context.Context, client C, m P, rows []R) error
}

// Partial is the error of an Act that has failed for the tokens with these ids, and is done with the others of its batch.
type Partial struct {
	IDs []string
	Err error
}

func (p *Partial) Error() string { return p.Err.Error() }

func (p *Partial) Unwrap() error { return p.Err }

// bulkAction acts on all tokens that pass filters.
type bulkAction[M any, C clock, R any, P ActionModel[C, M, R]] struct {
	system.ActionBase[C]
	BulkAction[C, P, R]
}

// NewBulkAction returns an action on all tokens of a noun that pass filters.
func NewBulkAction[M any, C clock, R any, P ActionModel[C, M, R]](of BulkAction[C, P, R]) action.Action {
	return &bulkAction[M, C, R, P]{system.NewActionBase[C](of.Listing.Noun, of.Name), of}
}

// Schema implements [action.Action].
func (*bulkAction[M, C, R, P]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = P(new(M)).Schema()
}

// ValidateConfig implements [action.ActionWithValidateConfig].
func (a *bulkAction[M, C, R, P]) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	resp.Diagnostics.Append(a.checkConfig(ctx, req.Config)...)
}

// ModifyPlan implements [action.ActionWithModifyPlan].
func (a *bulkAction[M, C, R, P]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if a.ActionBase.ModifyPlan(ctx, req, resp); !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(a.checkConfig(ctx, req.Config)...)
	}
}

func (a *bulkAction[M, C, R, P]) checkConfig(ctx context.Context, config tfsdk.Config) diag.Diagnostics {
	m := P(new(M))
	diags := config.Get(ctx, m)
	if !diags.HasError() {
		diags.Append(a.checkFilters(m)...)
	}
	return diags
}

// checkFilters requires something that narrows the selection down: nobody revokes everything by leaving something out. What is not known
// yet is checked again when the action is invoked.
func (a *bulkAction[M, C, R, P]) checkFilters(m P) diag.Diagnostics {
	filters := append(rotation.AuditFilters(), a.Filters...)
	if rotation.IsGiven(m, "ids") || slices.ContainsFunc(filters, func(filter string) bool { return rotation.IsGiven(m, filter) }) {
		return nil
	}
	filters = slices.DeleteFunc(filters, func(filter string) bool { return !rotation.HasAttribute(m, filter) })
	return diag.Diagnostics{diag.NewErrorDiagnostic("No filter is set",
		fmt.Sprintf("Without a filter this action would %s every %s that the provider can see, so nothing was changed. Set ids, or one of the filters %s.", a.Verb, a.Listing.Noun.Words, strings.Join(slices.Sorted(slices.Values(filters)), ", ")))}
}

// checkTold refuses a filter on what the server does not tell of any token: that it says nothing does not mean never.
func (a *bulkAction[M, C, R, P]) checkTold(m P, all []R) diag.Diagnostics {
	if rotation.IsGiven(m, "ids") || len(all) == 0 {
		return nil
	}
	tells := func(of func(rotation.Facts) *time.Time) bool {
		return slices.ContainsFunc(all, func(row R) bool { return of(a.Facts(row)) != nil })
	}
	var diags diag.Diagnostics
	refuse := func(argument, what string) {
		if rotation.IsGiven(m, argument) {
			diags.AddAttributeError(at(argument), "The filter cannot be applied",
				fmt.Sprintf("%s does not report %s, so the filter could select tokens that are in use. Nothing was changed. Remove %s, or set ids.", a.Connection().System.Title, what, argument))
		}
	}
	if (a.HidesUse || a.Vague) && !tells(func(f rotation.Facts) *time.Time { return f.LastUsedAt }) {
		refuse("unused_for", "when these tokens were last used")
		refuse("never_used", "when these tokens were last used")
	}
	if a.Vague && !tells(func(f rotation.Facts) *time.Time { return f.ExpiresAt }) {
		refuse("never_expires", "when these tokens expire")
	}
	return diags
}

// Invoke implements [action.Action].
func (a *bulkAction[M, C, R, P]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	m := P(new(M))
	client, ok := a.Begin(ctx, req, resp, m)
	if !ok {
		return
	}
	if resp.Diagnostics.Append(a.checkFilters(m)...); a.Check != nil {
		resp.Diagnostics.Append(a.Check(client, m))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	all, err := m.List(ctx, Reading[C]{client, a.Connection(), &resp.Diagnostics})
	if err != nil {
		resp.Diagnostics.Append(a.Failure(system.List, err, a.advice(err)...))
	}
	if resp.Diagnostics.HasError() {
		return
	}
	if resp.Diagnostics.Append(a.checkTold(m, all)...); resp.Diagnostics.HasError() {
		return
	}
	p := progress{send: func(text string) { resp.SendProgress(action.InvokeProgressEvent{Message: text}) }}
	chosen := a.choose(client, m, all, &p)
	limit := int64(defaultMaxCount)
	if maximum := m.bulk().MaxCount; !maximum.IsNull() {
		limit = maximum.ValueInt64()
	}
	tooMany := int64(len(chosen)) > limit
	switch {
	case m.bulk().DryRun.ValueBool():
		for _, row := range chosen {
			p.send(fmt.Sprintf("would be %s: %s", a.Done, a.displayWithID(a.Facts(row), client.Now())))
		}
		text := fmt.Sprintf("dry run: %d would be %s, nothing was changed%s", len(chosen), a.Done, p.others())
		if tooMany {
			text += fmt.Sprintf("; max_count is %d, so the action would fail", limit)
		}
		p.send(text)
	case tooMany:
		resp.Diagnostics.AddAttributeError(at("max_count"), fmt.Sprintf("More %ss match than the action may %s", a.Listing.Noun.Words, a.Verb),
			fmt.Sprintf("%d match, and max_count is %d, so nothing was changed. Set dry_run = true to see which ones match, then narrow the filters, or set max_count to %[1]d or more.", len(chosen), limit))
	default:
		resp.Diagnostics.Append(a.act(ctx, client, m, chosen, &p)...)
	}
}

// choose are the tokens to act on, in the order of their names. It says which ones are spared: those that somebody depends on who did not
// make the configuration.
func (a *bulkAction[M, C, R, P]) choose(client C, m P, all []R, p *progress) []R {
	now := client.Now()
	ids := m.bulk().IDs
	var chosen []R
	found := map[string]bool{}
	for _, row := range all {
		facts := a.Facts(row)
		isNamed := slices.ContainsFunc(ids.Elements(), types.StringValue(facts.ID).Equal)
		found[facts.ID] = true
		switch {
		case !ids.IsNull() && !isNamed, !m.Selects(facts, now), !m.Passes(row, now):
		case a.IsOwn(client, row):
			p.spare(a.displayWithID(facts, now), "the provider is logged in with it")
		case facts.Platform && !isNamed:
			p.spare(a.displayWithID(facts, now), "the system itself manages it (to include it, add its id to ids)")
		case facts.IsLent(now) && !isNamed:
			p.spare(a.displayWithID(facts, now), "it is an ephemeral token that a run may be using (to include it, add its id to ids)")
		case a.IsDone != nil && a.IsDone(client, m, row):
			p.done++
		default:
			chosen = append(chosen, row)
		}
	}
	for _, id := range ids.Elements() {
		text, ok := id.(types.String)
		if !ok || text.IsNull() || found[text.ValueString()] {
			continue
		}
		found[text.ValueString()] = true
		p.missing++
		p.send("not found: " + rest.Visible(text.ValueString()) + ". It does not exist, or the provider cannot see it")
	}
	slices.SortStableFunc(chosen, a.byName)
	return chosen
}

// act acts on the chosen tokens. One that fails does not keep the others from it, unless the server lets nobody in; what fails for the same
// reason is one error.
func (a *bulkAction[M, C, R, P]) act(ctx context.Context, client C, m P, chosen []R, p *progress) diag.Diagnostics {
	var diags diag.Diagnostics
	var reasons []error
	failed := map[string][]R{}
	acted, left := 0, len(chosen)
	for batch := range slices.Chunk(chosen, max(a.Batch, 1)) {
		if ctx.Err() != nil || len(reasons) > 0 && isClosed(reasons[len(reasons)-1]) {
			break
		}
		left -= len(batch)
		err := a.Act(ctx, client, m, batch)
		done, undone := a.divide(batch, err)
		acted += len(done)
		for _, row := range done {
			p.send(a.Done + ": " + a.called(row))
		}
		if err == nil {
			continue
		}
		for _, row := range undone {
			p.send(fmt.Sprintf("could not %s %s", a.Verb, a.called(row)))
		}
		if len(failed[err.Error()]) == 0 {
			reasons = append(reasons, err)
		}
		failed[err.Error()] = append(failed[err.Error()], undone...)
	}
	for _, reason := range reasons {
		rows := failed[reason.Error()]
		p.failed += len(rows)
		diags.Append(a.Failure(a.Verb, fmt.Errorf("%d %s not %s: %s: %w", len(rows), wereOrWas(len(rows)), a.Done, a.names(rows), reason)))
	}
	if left > 0 {
		diags.AddError("The action is not complete", fmt.Sprintf("%d of %d matching tokens were not tried. Invoke the action again.", left, len(chosen)))
	}
	p.send(fmt.Sprintf("%d %s", acted, a.Done) + p.others())
	return diags
}

// isClosed reports an error that every other request would end with, too.
func isClosed(err error) bool {
	var e *rest.Error
	return errors.As(err, &e) && (e.Kind == rest.LoginRefused || e.Kind == rest.Throttled || e.Kind == rest.Unreachable)
}

func wereOrWas(count int) string {
	if count == 1 {
		return "token was"
	}
	return "tokens were"
}

// divide are the tokens of a batch that the action has acted on, and those that an error is about.
func (a *bulkAction[M, C, R, P]) divide(batch []R, err error) (done, undone []R) {
	if err == nil {
		return batch, nil
	}
	partial := (*Partial)(nil)
	if !errors.As(err, &partial) {
		return nil, batch
	}
	for _, row := range batch {
		if slices.Contains(partial.IDs, a.Facts(row).ID) {
			undone = append(undone, row)
		} else {
			done = append(done, row)
		}
	}
	return done, undone
}

func (a *bulkAction[M, C, R, P]) called(row R) string {
	facts := a.Facts(row)
	return called(facts.Name, facts.ID)
}

func (a *bulkAction[M, C, R, P]) names(rows []R) string {
	names := make([]string, 0, len(rows))
	for _, row := range rows {
		names = append(names, a.called(row))
	}
	return strings.Join(names, ", ")
}

// progress is what an action says while it works, with the counts of what it does not act on.
type progress struct {
	send                          func(text string)
	failed, spared, done, missing int
}

// spare notes a token that is left alone, and why.
func (p *progress) spare(token, reason string) {
	p.spared++
	p.send("skipped " + token + ": " + reason)
}

func (p *progress) others() string {
	text := ""
	for _, other := range []struct {
		count int
		words string
	}{{p.failed, "failed"}, {p.spared, "skipped"}, {p.done, "already done"}, {p.missing, "not found"}} {
		if other.count > 0 {
			text += fmt.Sprintf(", %d %s", other.count, other.words)
		}
	}
	return text
}
