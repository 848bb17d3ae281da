package truefoundry

import (
	"context"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

var _ datasource.DataSourceWithConfigure = (*virtualAccountDataSource)(nil)

type virtualAccountDataSource struct {
	system.DataSourceBase[*api.Client]
}

func newVirtualAccountDataSource() datasource.DataSource {
	return &virtualAccountDataSource{system.NewDataSourceBase[*api.Client](virtualAccountNoun, false)}
}

// virtualAccountFacts is an account as a data source shows it.
type virtualAccountFacts struct {
	manifestModel
	ID                    types.String      `tfsdk:"id"`
	Name                  types.String      `tfsdk:"name"`
	JWTID                 types.String      `tfsdk:"jwt_id"`
	JWTs                  types.List        `tfsdk:"jwts"`
	NextScheduledRotation types.String      `tfsdk:"next_scheduled_rotation"`
	CreatedBy             types.Object      `tfsdk:"created_by"`
	CreatedAt             timetypes.RFC3339 `tfsdk:"created_at"`
	ExpiresAt             timetypes.RFC3339 `tfsdk:"expires_at"`
	LastUsedAt            timetypes.RFC3339 `tfsdk:"last_used_at"`
	Status                types.String      `tfsdk:"status"`
}

func accountFactsAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		"id":     schema.StringAttribute{Computed: true, MarkdownDescription: "The account's id."},
		"name":   schema.StringAttribute{Computed: true, MarkdownDescription: "The account's name."},
		"jwt_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the active token; null where there is none, and where the control plane does not show it."},
		"jwts": schema.ListNestedAttribute{
			Computed: true, MarkdownDescription: "The issued tokens, several during a grace period; null where the control plane does not show them.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":         schema.StringAttribute{Computed: true, MarkdownDescription: "The issued token's id."},
				"created_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When it was issued."},
				"expires_at": schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When it expires, as the control plane shows it; for a token that never expires, a time in the far future."},
			}},
		},
		"next_scheduled_rotation": schema.StringAttribute{Computed: true, MarkdownDescription: "When TrueFoundry rotates the token by itself, in its own words; null for never."},
		"created_by":              createdByFact(),
		"created_at":              schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the account was created, as an RFC 3339 time in UTC."},
		"expires_at":              schema.StringAttribute{Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the active token expires; null means never. Where the control plane shows only the account's expiration date, it is the beginning of that day."},
		"last_used_at": schema.StringAttribute{
			Computed: true, CustomType: timetypes.RFC3339Type{}, MarkdownDescription: "When the token was last used; null for never, and where the control plane does not record it.",
		},
		"status": schema.StringAttribute{Computed: true, MarkdownDescription: "`active`, or `expired`."},
	}
	maps.Copy(attributes, manifestFacts())
	return attributes
}

func fact(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func manifestFacts() map[string]schema.Attribute {
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
		permissionsAttribute: many("The permissions in the manifest; null where it holds none, because newer control planes keep them in role bindings.", map[string]schema.Attribute{
			"resource_fqn": fact("The resource's fully qualified name."), "resource_type": fact("The resource's type."), "role_id": fact("The id of the role on the resource."),
		}),
		"expiration_date": fact("The day on which the account expires, as `yyyy-mm-dd` in UTC; null for never."),
		"auto_rotate": one("How TrueFoundry rotates the token by itself; null where it does not.", map[string]schema.Attribute{
			"auto_rotate_interval": number("The days between two rotations."), "grace_period": number("The days for which the previous token keeps working."),
		}),
		"notification_target": one("Whom TrueFoundry notifies of rotations.", map[string]schema.Attribute{
			"type": fact("The kind of target, such as `email`."), "notification_channel": fact("The fully qualified name of the notification channel's integration."),
			"to_emails": set("The e-mail addresses."), "channels": set("The channels."),
		}),
		"secret_store_config": one("The secret store in which TrueFoundry stores the token.", map[string]schema.Attribute{
			"integration_fqn": fact("The fully qualified name of the secret store's integration."), "secret_path": fact("The path of the secret in the store."),
		}),
		"owned_by": one("Who owns the account.", map[string]schema.Attribute{"team": fact("The owning team."), "account": fact("The owning account.")}),
		"tags":     schema.MapAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Tags. A value that is not a string is shown as JSON."},
		"identity_provider_mapping": many("Which identity provider tokens act as the account.", map[string]schema.Attribute{
			"identity_provider": fact("The fully qualified name of the identity provider."), "value": fact("The value of the claim that identifies the account."),
		}),
		"token_type": fact("`jwt` or `opaque`; null where the tenant decides."),
	}
}

func jwtTypes() types.ObjectType {
	return types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "created_at": timetypes.RFC3339Type{}, "expires_at": timetypes.RFC3339Type{}}}
}

func (f *virtualAccountFacts) fromAPI(account api.ServiceAccount, now time.Time) {
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

// Schema implements [datasource.DataSource].
func (d *virtualAccountDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := accountFactsAttributes()
	maps.Copy(attributes, keyArguments("account"))
	resp.Schema = schema.Schema{
		MarkdownDescription: "A virtual account on TrueFoundry, looked up by its id or its name. Its token is not shown.",
		Attributes:          attributes,
	}
}

// Read implements [datasource.DataSource].
func (d *virtualAccountDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model virtualAccountFacts
	client, ok := d.Begin(ctx, req, resp, &model)
	if !ok {
		return
	}
	all, err := client.ListVirtualAccounts(ctx)
	if err != nil {
		resp.Diagnostics.Append(d.Failure(system.Read, err))
		return
	}
	account, problem := lookUp(all, model.ID, model.Name, d.Noun())
	if problem != nil {
		resp.Diagnostics.Append(problem)
		return
	}
	model.fromAPI(*account, client.Now())
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
