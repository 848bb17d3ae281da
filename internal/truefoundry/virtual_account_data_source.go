package truefoundry

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

func newVirtualAccountDataSource() datasource.DataSource {
	return lifecycle.NewLookup[virtualAccountFacts, *api.Client](virtualAccountListing())
}

func newVirtualAccountsDataSource() datasource.DataSource {
	return lifecycle.NewSelection[virtualAccountSelection, *api.Client](virtualAccountListing())
}

// virtualAccountFacts is an account as both data sources show it, and the [lifecycle.LookupModel].
type virtualAccountFacts struct {
	manifestModel
	ID                    types.String      `tfsdk:"id"`
	Name                  types.String      `tfsdk:"name"`
	JWTID                 types.String      `tfsdk:"jwt_id"`
	JWTs                  types.List        `tfsdk:"jwts"`
	NextScheduledRotation types.String      `tfsdk:"next_scheduled_rotation"`
	CreatedBy             types.Object      `tfsdk:"created_by"`
	CreatedAt             rotation.TimeText `tfsdk:"created_at"`
	ExpiresAt             rotation.TimeText `tfsdk:"expires_at"`
	LastUsedAt            rotation.TimeText `tfsdk:"last_used_at"`
	Status                types.String      `tfsdk:"status"`
}

func accountFactsAttributes() map[string]schema.Attribute {
	return lifecycle.Attributes(manifestFacts(), map[string]schema.Attribute{
		"id":     lifecycle.TextFact("The account's id."),
		"name":   lifecycle.TextFact("The account's name."),
		"jwt_id": lifecycle.TextFact("The id of the active token. Null where there is none, and where the control plane does not show it."),
		"jwts": lifecycle.ListFact("The issued tokens; during a grace period there are several. Null where the control plane does not show them.", map[string]schema.Attribute{
			"id":         lifecycle.TextFact("The issued token's id."),
			"created_at": lifecycle.TimeFact("When the token was issued, as the control plane shows it."),
			"expires_at": lifecycle.TimeFact("When the token expires, as the control plane shows it. For a token that never expires, it is a time in the far future."),
		}),
		"next_scheduled_rotation": lifecycle.TextFact("When TrueFoundry itself rotates the token, as the control plane shows it. Null for never."),
		"created_by":              createdByFact(),
		"created_at":              lifecycle.TimeFact("When the account was created, as an RFC 3339 time in UTC."),
		"expires_at":              lifecycle.TimeFact("When the active token expires, as an RFC 3339 time in UTC. Null means never. Where the control plane shows only the account's expiration date, it is the beginning of that day."),
		"last_used_at":            lifecycle.TimeFact("When the token was last used, as an RFC 3339 time in UTC. Null for never, and where the control plane does not record it."),
		"status":                  lifecycle.TextFact("`active`, or `expired` once `expires_at` has passed."),
	})
}

func manifestFacts() map[string]schema.Attribute {
	fact := lifecycle.TextFact
	set := func(description string) schema.Attribute {
		return schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	number := func(description string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	one := func(description string, attributes map[string]schema.Attribute) schema.Attribute {
		return schema.SingleNestedAttribute{Computed: true, MarkdownDescription: description, Attributes: attributes}
	}
	many := func(description string, attributes map[string]schema.Attribute) schema.Attribute {
		return schema.SetNestedAttribute{Computed: true, MarkdownDescription: description, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
	}
	return map[string]schema.Attribute{
		permissionsAttribute: many("The permissions in the account's manifest. Null where the manifest has none, because newer control planes keep permissions in role bindings.", map[string]schema.Attribute{
			"resource_fqn": fact("The resource's fully qualified name."), "resource_type": fact("The resource's type."), "role_id": fact("The id of the role on the resource."),
		}),
		"expiration_date": fact("The day on which the account expires, as `yyyy-mm-dd` in UTC. Null for never."),
		"auto_rotate": one("How TrueFoundry itself rotates the token. Null where it does not.", map[string]schema.Attribute{
			"auto_rotate_interval": number("The time between two rotations, in days."), "grace_period": number("How long the previous token keeps working, in days."),
		}),
		"notification_target": one("Whom TrueFoundry notifies of rotations.", map[string]schema.Attribute{
			"type": fact("The kind of target, such as `email`."), "notification_channel": fact("The fully qualified name of the notification channel's integration."),
			"to_emails": set("The e-mail addresses."), "channels": set("The channels."),
		}),
		"secret_store_config": one("Where TrueFoundry stores the token: in a secret store, or in one of its own secret groups.", map[string]schema.Attribute{
			"integration_fqn": fact("The fully qualified name of the secret store's integration."), "secret_path": fact("The path of the secret in the store."),
			"secret_group": fact("The name of the secret group."), "key": fact("The key of the secret in the group."),
		}),
		"owned_by": one("Who owns the account.", map[string]schema.Attribute{"team": fact("The owning team."), "account": fact("The owning account.")}),
		"tags":     schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "The account's tags. A value that is not a string is shown as JSON."},
		"identity_provider_mapping": many("Which tokens of an identity provider authenticate as the account.", map[string]schema.Attribute{
			"identity_provider": fact("The fully qualified name of the identity provider."), "value": fact("The value of the claim that identifies the account."),
		}),
		"token_type": fact("The form of the token: `jwt` or `opaque`. Null where the tenant decides."),
	}
}

func jwtTypes() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "created_at": rotation.TimeType{}, "expires_at": rotation.TimeType{}}}
}

func (*virtualAccountFacts) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Looks up a virtual account on TrueFoundry by its id or its name. Its token is not read.",
		Attributes:          lifecycle.Attributes(accountFactsAttributes(), lifecycle.KeyArguments("The account's id.", "The account's name.")),
	}
}

func (*virtualAccountFacts) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	return r.Client.ListVirtualAccounts(ctx)
}

func (*virtualAccountFacts) Absent(rows int, attribute, value string) string {
	return absent(rows, attribute, value)
}

func (f *virtualAccountFacts) FromAPI(account api.ServiceAccount, now time.Time) {
	for _, field := range manifestFields() {
		// What cannot be read is null.
		value, _ := field.read(account.Manifest)
		f.set(field, value)
	}
	f.ID, f.Name, f.JWTID, f.JWTs = types.StringValue(account.ID), types.StringValue(account.Name), types.StringNull(), types.ListNull(jwtTypes())
	if account.JWTID != nil {
		f.JWTID = textOrNull(*account.JWTID)
	}
	if account.JWTs != nil {
		issued := make([]attr.Value, 0, len(account.JWTs))
		for _, jwt := range account.JWTs {
			issued = append(issued, types.ObjectValueMust(jwtTypes().AttrTypes, map[string]attr.Value{
				"id": types.StringValue(jwt.ID), "created_at": rotation.TimeValue(jwt.CreatedAt), "expires_at": rotation.TimeValue(jwt.Expiry),
			}))
		}
		f.JWTs = types.ListValueMust(jwtTypes(), issued)
	}
	f.NextScheduledRotation = textOrNull(account.NextScheduledRotation)
	f.CreatedBy, f.CreatedAt = subjectValue(account.CreatedBy), rotation.TimeValue(account.CreatedAt)
	f.ExpiresAt, f.LastUsedAt = rotation.TimeValue(account.End().Moment()), rotation.TimeValue(account.LastAccessedAt)
	f.Status = statusOf(account, now)
}

// virtualAccountSelection is the [lifecycle.SelectionModel].
type virtualAccountSelection struct {
	rotation.Audit
	NameContains    types.String          `tfsdk:"name_contains"`
	OwnedByTeams    []string              `tfsdk:"owned_by_teams"`
	Expired         types.Bool            `tfsdk:"expired"`
	VirtualAccounts []virtualAccountFacts `tfsdk:"virtual_accounts"`
}

func (*virtualAccountSelection) Schema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the virtual accounts on TrueFoundry that the provider's key can see. The control plane applies `name_contains`, `owned_by_teams` and `expired`; the provider applies all other filters to its answer. The filters on creation, expiry and last use look at the account's token. Older control planes do not record when a token was last used, and there every token counts as never used.",
		Attributes: lifecycle.Attributes(rotation.AuditArguments(), map[string]schema.Attribute{
			"name_contains": lifecycle.TextArgument("Only accounts whose names contain this text."),
			"owned_by_teams": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
				MarkdownDescription: "Only accounts that belong to one of these teams.",
			},
			"expired":          schema.BoolAttribute{Optional: true, MarkdownDescription: "`true`: only accounts that have expired; `false`: only others."},
			"virtual_accounts": lifecycle.ListFact("The accounts that pass all filters, ordered by name, then by id.", accountFactsAttributes()),
		}),
	}
}

func (m *virtualAccountSelection) List(ctx context.Context, r reading) ([]api.ServiceAccount, error) {
	// Sorted, so that the same question is asked once in a run.
	slices.Sort(m.OwnedByTeams)
	return r.Client.SearchVirtualAccounts(ctx, api.VirtualAccountFilter{
		NameContains: m.NameContains.ValueString(), Expired: m.Expired.ValueBoolPointer(), OwnedByTeams: m.OwnedByTeams,
	})
}

// Passes applies the filters that older control planes ignore.
func (m *virtualAccountSelection) Passes(account api.ServiceAccount, now time.Time) bool {
	return containsText(account.Name, m.NameContains) && (m.OwnedByTeams == nil || slices.Contains(m.OwnedByTeams, account.Team())) &&
		(m.Expired.IsNull() || m.Expired.ValueBool() == account.HasExpired(now))
}

func (m *virtualAccountSelection) Show(rows []api.ServiceAccount, now time.Time) {
	m.VirtualAccounts = lifecycle.Shown(rows, now, (*virtualAccountFacts).FromAPI)
}
