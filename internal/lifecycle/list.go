package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// ListModel is the configuration of a list block: a pointer to a struct M that embeds [rotation.Audit], or a part of it, and [Listed]. C is
// the system's client.
type ListModel[C, M, R any] interface {
	*M
	Schema() listschema.Schema
	// List returns the rows to choose from; beside an error those that came before it.
	List(ctx context.Context, r Reading[C]) ([]R, error)
	// Selects applies the audit filters, and Passes the model's own. What nobody can adopt does not pass.
	Selects(facts rotation.Facts, now time.Time) bool
	Passes(row R, now time.Time) bool
	// Identify is the identity of a row's resource.
	Identify(row R) map[string]string
	listing() *Listed
}

// Listed is what the models of all list blocks share, to be embedded in them.
type Listed struct {
	Strict         types.Bool `tfsdk:"strict"`
	IncludeExpired types.Bool `tfsdk:"include_expired"`
}

func (l *Listed) listing() *Listed { return l }

var _ interface{ listing() *Listed } = (*Listed)(nil)

// ListedArguments are the arguments of [Listed].
func ListedArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"include_expired": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`true` also lists tokens that have expired. Default `false`, because the first apply after the import of an expired token replaces it.",
		},
		"strict": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "`true` fails and lists nothing if the list could not be read completely. Default `false`: what could be read is listed, with a warning.",
		},
	}
}

// Listable is a resource whose instances can be listed.
type Listable[C, R any] interface {
	resource.ResourceWithConfigure
	Client(phase system.Phase, diags *diag.Diagnostics) (C, bool)
	Connection() *system.Connection
	Failure(verb system.Verb, err error, advice ...string) diag.Diagnostic
	// Adopt completes an object, of which only the identity is set, as an import does that reads this row.
	Adopt(ctx context.Context, client C, row R, object *tfsdk.Resource) diag.Diagnostics
}

// listResource lists the instances of a resource.
type listResource[M any, C clock, R any, P ListModel[C, M, R]] struct {
	resource Listable[C, R]
	listing  Listing[R]
}

// NewList returns the list resource of a resource.
func NewList[M any, C clock, R any, P ListModel[C, M, R]](of Listing[R], resource Listable[C, R]) list.ListResource {
	return &listResource[M, C, R, P]{resource, of}
}

// Metadata implements [list.ListResource].
func (l *listResource[M, C, R, P]) Metadata(ctx context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	l.resource.Metadata(ctx, req, resp)
}

// Configure implements [list.ListResourceWithConfigure].
func (l *listResource[M, C, R, P]) Configure(ctx context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.resource.Configure(ctx, req, resp)
}

// ListResourceConfigSchema implements [list.ListResource].
func (l *listResource[M, C, R, P]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = P(new(M)).Schema()
}

// List implements [list.ListResource]. The rows are sorted, because Terraform numbers what it generates for them. A list that could be read in
// part only comes with a warning: an error would drop every row.
func (l *listResource[M, C, R, P]) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	m := P(new(M))
	diags := req.Config.Get(ctx, m)
	client, ok := l.resource.Client(system.Applying, &diags)
	if !ok || diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	all, err := m.List(ctx, Reading[C]{client, l.resource.Connection(), &diags})
	if err != nil && (len(all) == 0 || m.listing().Strict.ValueBool()) {
		diags.Append(l.resource.Failure(system.List, err, l.listing.advice(err)...))
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if err != nil {
		summary, detail := l.resource.Connection().IncompleteList(l.listing.Noun, err)
		diags.AddWarning(summary, "Only what could be read is listed. Set strict = true in the list block to make this an error.\n"+detail)
	}
	now := client.Now()
	selected := slices.DeleteFunc(slices.Clone(all), func(row R) bool {
		facts := l.listing.Facts(row)
		// An ephemeral token is some run's, and revoked at the end of it.
		isHidden := facts.Platform || facts.LentUntil != nil || rotation.IsEphemeralName(facts.Name) || facts.StatusAt(now) == rotation.StatusExpired && !m.listing().IncludeExpired.ValueBool()
		return isHidden || !m.Selects(facts, now) || !m.Passes(row, now)
	})
	slices.SortStableFunc(selected, l.listing.byName)
	if limit := int(req.Limit); req.Limit > 0 && len(selected) > limit {
		diags.AddWarning(fmt.Sprintf("More %ss than the limit", l.listing.Noun.Words),
			fmt.Sprintf("%d match, and the first %d are listed. Set limit in the list block to list more.", len(selected), limit))
		selected = selected[:limit]
	}
	stream.Results = func(push func(list.ListResult) bool) {
		// First of all: Terraform reads no further once it has as many rows as it wants.
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		for _, row := range selected {
			result := l.result(ctx, client, req, row, m.Identify(row), l.listing.display(l.listing.Facts(row), now))
			// Terraform reads no further after an error either, and the others are likely to fail in the same way.
			if !push(result) || result.Diagnostics.HasError() {
				return
			}
		}
	}
}

// result is one row.
func (l *listResource[M, C, R, P]) result(ctx context.Context, client C, req list.ListRequest, row R, identity map[string]string, displayName string) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = displayName
	for attribute, value := range identity {
		result.Diagnostics.Append(result.Identity.SetAttribute(ctx, path.Root(attribute), value)...)
		if req.IncludeResource {
			result.Diagnostics.Append(result.Resource.SetAttribute(ctx, path.Root(attribute), value)...)
		}
	}
	if req.IncludeResource && !result.Diagnostics.HasError() {
		result.Diagnostics.Append(l.resource.Adopt(ctx, client, row, result.Resource)...)
	}
	return result
}

// display is how people know a token that they see the id of: what it is called, whose it is, when it expires, and when it was last used.
func (l Listing[R]) display(facts rotation.Facts, now time.Time) string {
	name := rest.Visible(facts.ID)
	switch {
	case facts.Name != "":
		name = rest.Visible(facts.Name)
	case facts.Description != "":
		name += " " + rest.Visible(facts.Description)
	}
	return withDetails(name, l.details(facts, now))
}

// displayWithID is the same with the id.
func (l Listing[R]) displayWithID(facts rotation.Facts, now time.Time) string {
	if facts.Name == "" {
		return l.display(facts, now)
	}
	return withDetails(rest.Visible(facts.Name), append([]string{rest.Visible(facts.ID)}, l.details(facts, now)...))
}

func withDetails(name string, details []string) string {
	if len(details) == 0 {
		return name
	}
	return name + " (" + strings.Join(details, ", ") + ")"
}

// details are the owner, the expiry and the last use.
func (l Listing[R]) details(facts rotation.Facts, now time.Time) []string {
	var details []string
	if facts.Owner != "" {
		details = append(details, "owner "+rest.Visible(facts.Owner))
	}
	switch {
	case facts.StatusAt(now) == rotation.StatusExpired && facts.ExpiresAt == nil:
		details = append(details, "expired")
	case facts.StatusAt(now) == rotation.StatusExpired:
		details = append(details, "expired "+facts.ExpiresAt.UTC().Format(time.DateOnly))
	case facts.ExpiresAt != nil:
		details = append(details, "expires "+facts.ExpiresAt.UTC().Format(time.DateOnly))
	case !l.Vague:
		details = append(details, "never expires")
	}
	switch {
	case facts.LastUsedAt != nil:
		details = append(details, "last used "+facts.LastUsedAt.UTC().Format(time.DateOnly))
	case !l.Vague:
		details = append(details, "never used")
	}
	return details
}

// Adopt implements [Listable]: what an import by the identity and the refresh after it would store, without their warnings.
func (r *Resource[C, M, P, R]) Adopt(ctx context.Context, client C, row R, object *tfsdk.Resource) diag.Diagnostics {
	state := P(new(M))
	if diags := object.Get(ctx, state); diags.HasError() {
		return diags
	}
	l := r.live(client, state)
	// The others do not matter to a token that is in no state, and the list may have come in part only.
	l.server.List = func(context.Context) ([]R, error) { return []R{row}, nil }
	found, diags := l.refresh(ctx, state, &rotation.Record{Imported: true}, r.ExpiryWarning())
	if diags = diags.Errors(); !diags.HasError() && found != nil {
		diags.Append(object.Set(ctx, found)...)
	}
	return diags
}
