package provider

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// inventory is the data source of all tokens on all systems.
type inventory struct {
	systems     []system.System
	connections system.ProviderData
}

var _ datasource.DataSourceWithConfigure = (*inventory)(nil)

func (p *mint) newInventory() datasource.DataSource {
	return &inventory{systems: p.systems}
}

type inventoryModel struct {
	rotation.Audit
	Systems               types.Set        `tfsdk:"systems"`
	MagpieServiceAccounts types.Set        `tfsdk:"magpie_service_accounts"`
	Strict                types.Bool       `tfsdk:"strict"`
	Tokens                []inventoryToken `tfsdk:"tokens"`
}

// inventoryToken is a token in the one shape that all systems share.
type inventoryToken struct {
	System     types.String      `tfsdk:"system"`
	Kind       types.String      `tfsdk:"kind"`
	ID         types.String      `tfsdk:"id"`
	Name       types.String      `tfsdk:"name"`
	Owner      types.String      `tfsdk:"owner"`
	CreatedAt  rotation.TimeText `tfsdk:"created_at"`
	ExpiresAt  rotation.TimeText `tfsdk:"expires_at"`
	LastUsedAt rotation.TimeText `tfsdk:"last_used_at"`
	Status     types.String      `tfsdk:"status"`
	Ephemeral  types.Bool        `tfsdk:"ephemeral"`
}

// Metadata implements [datasource.DataSource].
func (*inventory) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_tokens"
}

// Schema implements [datasource.DataSource].
func (i *inventory) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	names := make([]string, 0, len(i.systems))
	for _, s := range i.systems {
		names = append(names, s.Name)
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The inventory: lists every token that the configured systems let the provider see, in one shape, including the tokens that the systems themselves manage. A system that neither the provider block nor the environment configures is left out. If a system fails, a warning names it, and the tokens of the others are listed. The filters on the last use leave out the tokens of systems that do not record it.",
		Attributes: lifecycle.Attributes(rotation.AuditArguments(), map[string]schema.Attribute{
			"systems": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.OneOf(names...))},
				MarkdownDescription: "Only these systems, such as `[\"sailpoint\"]`. Default: all configured systems.",
			},
			"magpie_service_accounts": schema.SetAttribute{
				Optional: true, ElementType: types.StringType, Validators: []validator.Set{setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
				MarkdownDescription: "The user names of Magpie service accounts whose tokens to list as well. Magpie does not report which service accounts exist.",
			},
			"strict": schema.BoolAttribute{Optional: true, MarkdownDescription: "`true` fails if a system fails or its list is incomplete. Default `false`: a warning names the system."},
			"tokens": lifecycle.ListFact("The tokens that pass all filters, ordered by system, kind, name and id.", map[string]schema.Attribute{
				"system":       lifecycle.TextFact("The system, as the provider block names it."),
				"kind":         lifecycle.TextFact("The kind of token, such as `personal_access_token`: the part of the resource type that follows the system's name."),
				"id":           lifecycle.TextFact("The token's id. For a virtual account, the account's id."),
				"name":         lifecycle.TextFact("The token's name. For a token without a name, its description. Null where it has neither."),
				"owner":        lifecycle.TextFact("The owner of the token, as the system names the owner. Null where the system does not report it."),
				"created_at":   lifecycle.TimeFact("When the token was minted, as an RFC 3339 time in UTC. Null where the system does not report it."),
				"expires_at":   lifecycle.TimeFact("When the token expires, as an RFC 3339 time in UTC. Null for never, and on Magpie also where it does not report the expiry."),
				"last_used_at": lifecycle.TimeFact("When the token was last used, as an RFC 3339 time in UTC. Null for never, and where the system does not record it, such as on Magpie."),
				"status":       lifecycle.TextFact("`active`, `disabled` or `expired`. Null where the system does not report it."),
				"ephemeral": schema.BoolAttribute{
					Computed: true, MarkdownDescription: "Whether an ephemeral resource of this provider minted the token, judged by its name or its description. A run may be using it.",
				},
			}),
		}),
	}
}

// Configure implements [datasource.DataSourceWithConfigure].
func (i *inventory) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	i.connections, _ = req.ProviderData.(system.ProviderData)
}

// listed is what became of the list of one noun.
type listed struct {
	inventory system.Inventory
	run       *system.Connection
	facts     []rotation.Facts
	warnings  diag.Diagnostics
	err       error
}

// Read implements [datasource.DataSource]. All systems are asked at once.
func (i *inventory) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m inventoryModel
	var accounts []string
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	resp.Diagnostics.Append(m.MagpieServiceAccounts.ElementsAs(ctx, &accounts, false)...)
	if resp.Diagnostics.HasError() {
		return
	}
	slices.Sort(accounts)
	all, problems := i.list(ctx, m, accounts)
	m.Tokens = []inventoryToken{}
	for _, one := range all {
		resp.Diagnostics.Append(one.warnings...)
		for _, facts := range one.facts {
			if m.selects(one, facts) {
				m.Tokens = append(m.Tokens, inventoryRow(one.inventory.Noun, facts))
			}
		}
	}
	problems.Append(failures(all)...)
	if m.Strict.ValueBool() {
		for _, problem := range problems {
			resp.Diagnostics.AddError(problem.Summary(), problem.Detail())
		}
	} else {
		resp.Diagnostics.Append(problems...)
	}
	slices.SortStableFunc(m.Tokens, inventoryToken.compare)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
	}
}

// tellsUse reports whether any row of a list tells when its token was last used.
func (l listed) tellsUse() bool {
	return slices.ContainsFunc(l.facts, func(facts rotation.Facts) bool { return facts.LastUsedAt != nil })
}

// selects applies the filters to a token as it is shown. Where a system may not record the last use, a token without one passes no filter on it.
func (m *inventoryModel) selects(one listed, facts rotation.Facts) bool {
	isByUse := !m.UnusedFor.IsNull() || !m.NeverUsed.IsNull()
	if isByUse && facts.LastUsedAt == nil && (one.inventory.Vague || one.inventory.HidesUse && !one.tellsUse()) {
		return false
	}
	facts.Name = shownName(facts)
	return m.Selects(facts, one.inventory.Now(one.run))
}

// list asks every system that is in use, in the order of the systems. The problems are those of systems that cannot be asked.
func (i *inventory) list(ctx context.Context, m inventoryModel, accounts []string) (all []listed, problems diag.Diagnostics) {
	isUsed := false
	for _, s := range i.systems {
		run := i.connections[s.Name]
		isNamed := slices.ContainsFunc(m.Systems.Elements(), types.StringValue(s.Name).Equal)
		if run == nil || !m.Systems.IsNull() && !isNamed {
			continue
		}
		problem, used := run.Reason()
		if !used && !isNamed {
			continue
		}
		isUsed = true
		if problem != nil {
			problems.AddWarning("The tokens of "+s.Title+" are not listed", problem.Summary()+": "+problem.Detail())
			continue
		}
		for _, one := range s.Inventory {
			all = append(all, listed{inventory: one, run: run})
		}
	}
	if !isUsed {
		problems.AddWarning("The inventory lists nothing", "Neither the provider block nor the environment configures a system. Configure at least one in the provider block.")
	}
	var working sync.WaitGroup
	for at := range all {
		working.Go(func() {
			one := &all[at]
			one.facts, one.warnings, one.err = one.inventory.List(ctx, one.run, accounts)
		})
	}
	working.Wait()
	return all, problems
}

// failures say what is missing, and why. Several nouns of a system that are missing for one reason are named together.
func failures(all []listed) diag.Diagnostics {
	var problems diag.Diagnostics
	missing, reasons := map[string][]string{}, map[string]string{}
	var causes []string
	for _, one := range all {
		switch noun := one.inventory.Noun; {
		case one.err == nil:
		case len(one.facts) > 0:
			problems.AddWarning(one.run.IncompleteList(noun, one.err))
		default:
			reason := one.run.Detail(noun, one.err)
			cause := cmp.Or(one.run.Cause(one.err), reason)
			if missing[cause] == nil {
				causes, reasons[cause] = append(causes, cause), reason
			}
			missing[cause] = append(missing[cause], "the "+noun.Words+"s")
		}
	}
	for _, cause := range causes {
		problems.AddWarning("Unable to list "+strings.Join(missing[cause], " and "), reasons[cause])
	}
	return problems
}

func inventoryRow(noun system.Noun, facts rotation.Facts) inventoryToken {
	return inventoryToken{
		System: types.StringValue(noun.System), Kind: types.StringValue(noun.Type), ID: types.StringValue(facts.ID),
		Name: textOrNull(shownName(facts)), Owner: textOrNull(facts.Owner), Status: textOrNull(facts.Status),
		Ephemeral: types.BoolValue(facts.LentUntil != nil || rotation.IsEphemeralName(facts.Name)),
		CreatedAt: rotation.TimeValue(facts.CreatedAt), ExpiresAt: rotation.TimeValue(facts.ExpiresAt), LastUsedAt: rotation.TimeValue(facts.LastUsedAt),
	}
}

// shownName is what people know a token by.
func shownName(facts rotation.Facts) string { return cmp.Or(facts.Name, facts.Description) }

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func (t inventoryToken) compare(other inventoryToken) int {
	return cmp.Or(cmp.Compare(t.System.ValueString(), other.System.ValueString()), cmp.Compare(t.Kind.ValueString(), other.Kind.ValueString()),
		cmp.Compare(t.Name.ValueString(), other.Name.ValueString()), cmp.Compare(t.ID.ValueString(), other.ID.ValueString()))
}
