package truefoundry

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const (
	// The bounds of the vendor's manifest.
	rotateIntervalMin = 30
	rotateGraceMin    = 1
)

// Schema implements [resource.Resource].
func (r *virtualAccountResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The account's id."},
		"name": schema.StringAttribute{
			Required: true, Validators: nameRules(), PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: "The account's name, which is unique in the tenant. Changing it replaces the account.",
		},
		"overlap": schema.StringAttribute{
			Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.NoNegativeDuration(), rotation.UncutOverlap()}, PlanModifiers: []planmodifier.String{rotation.SameDuration()},
			MarkdownDescription: "For how long the previous token keeps working after a rotation, as a duration such as `3d`, up to 365 days: TrueFoundry's grace period. Older control planes know only whole days, to which it is rounded up there. " +
				"Meanwhile the previous token is in `previous_id` and `previous_secret`; TrueFoundry revokes it by itself at `previous_revoked_after`, and the next refresh drops it. " +
				"Where the control plane shows that it did not keep the token, or keeps it for another time, the state says so and the apply warns. " +
				"A second rotation within that time revokes the older token early. Without it the previous token is revoked at once. Editing it never rotates the token. A rotation outside Terraform does not change the `previous_` attributes.",
		},
		"store_token": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "`false` keeps the token out of the state: `token` is null, and consumers take it from the secret store. Default `true`. Null after an import until the first apply.",
		},
		"token": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The account's token. Null with `store_token = false`, with `encrypt_secret_to`, and after an import until the first apply, which reads the token and stores it as these arguments say. When it was rotated outside Terraform, it is read again. " +
				"TrueFoundry may refuse to show it, above all an opaque token: then it is null, or the previous one, and a warning says so.",
		},
		"jwt_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The id of the issued token in `token`, which reveals a rotation outside Terraform; null where the control plane does not show it.",
		},
		"created_by": createdByAttribute(),
		"created_at": instant("When the account was created, as an RFC 3339 time in UTC."),
		"expires_at": instant("When the active token expires, as an RFC 3339 time in UTC; null for never, and where the control plane does not show it."),
		"status": schema.StringAttribute{
			Computed: true, MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` or `rotate_after` asks for a rotation; or `" + rotation.StatusExpired + "` once the account or its active token has expired. An expired account is not replaced: a later `expiration_date` reactivates it; a token that has expired is due for `rotate_before_expiry`.",
		},
	}
	maps.Copy(attributes, manifestAttributes())
	maps.Copy(attributes, rotation.RotatingArguments())
	maps.Copy(attributes, rotation.PreviousAttributes())
	attributes["rotation_due_at"] = instant("When time alone rotates the token, as an RFC 3339 time in UTC: the first of what `rotate_before_expiry` and `rotate_after` say. Null when nothing will, and with `auto_rotate`. The first apply after it rotates, if it refreshes.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "A virtual account, TrueFoundry's identity for machines, with its token. Everything but the name changes in place. A rotation gives the account a new token, and the previous one works on for `overlap`. " +
			"`rotate_before_expiry` is for control planes on which tokens expire; it cannot be combined with `expiration_date`, on which the whole account expires, or with `auto_rotate`. `rotate_after` rotates a token of any kind, but not beside `auto_rotate`, nor once the account has expired.\n\n" +
			"An account whose name exists already is never taken over: the error says how to import it. Fields of the manifest that this provider does not know are kept.\n\n" +
			"~> The token is stored in the state unless `store_token` is `false` or `encrypt_secret_to` encrypts it. Protect the state, or keep it encrypted.",
		Attributes: attributes,
	}
}

func instant(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, CustomType: rotation.TimeType{}, MarkdownDescription: description}
}

func text(description string) schema.StringAttribute {
	return schema.StringAttribute{Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: description}
}

func optionalText(description string) schema.Attribute {
	return schema.StringAttribute{Optional: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)}, MarkdownDescription: description}
}

func manifestAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{
		permissionsAttribute: schema.SetNestedAttribute{
			Optional: true, Computed: true,
			MarkdownDescription: "What the account may do; not empty. Without it permissions are not managed: removing it revokes no access, and the state keeps showing what the server shows of permissions that were configured or imported. Newer control planes keep them in role bindings.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"resource_fqn":  text("The resource's fully qualified name."),
				"resource_type": text("The resource's type, such as `workspace` or `provider-account`."),
				"role_id":       text("The id of the role on the resource."),
			}},
		},
		"expiration_date": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The day on which the account expires, as `yyyy-mm-dd` in UTC. Without it the account never expires. Changed in place, which may make TrueFoundry issue a new token.",
		},
		"auto_rotate": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Lets TrueFoundry rotate the token by itself. The next refresh reads the new token into the state. Some control planes do not change this once the account exists.",
			Attributes: map[string]schema.Attribute{
				"auto_rotate_interval": schema.Int64Attribute{
					Required: true, Validators: []validator.Int64{int64validator.AtLeast(rotateIntervalMin)}, MarkdownDescription: "The days between two rotations, at least 30.",
				},
				"grace_period": schema.Int64Attribute{
					Required: true, Validators: []validator.Int64{int64validator.AtLeast(rotateGraceMin)}, MarkdownDescription: "The days for which the previous token keeps working, at least 1.",
				},
			},
		},
		"token_type": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(tokenTypeJWT, tokenTypeOpaque)},
			MarkdownDescription: "`jwt` or `opaque`. Without it the tenant decides. An opaque token can usually not be read again after it has been issued.",
		},
	}
	maps.Copy(attributes, surroundingAttributes())
	return attributes
}

// surroundingAttributes are the part of the manifest about where the account stands.
func surroundingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"notification_target": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Whom TrueFoundry notifies of rotations.",
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{
					Required: true, Validators: []validator.String{stringvalidator.OneOf(targetTypes()...)}, MarkdownDescription: "One of " + quoted(targetTypes()) + ".",
				},
				"notification_channel": text("The fully qualified name of the notification channel's integration."),
				"to_emails":            recipients("The e-mail addresses; needed with the type `email`, and only there."),
				"channels":             recipients("The channels; needed with the type `slack-bot`, and only there."),
			},
		},
		"secret_store_config": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Where TrueFoundry stores the token, again after each rotation: in a secret store that is integrated with it (`integration_fqn` and `secret_path`), or, on newer control planes, in one of its own secret groups (`secret_group` and `key`).",
			Attributes: map[string]schema.Attribute{
				"integration_fqn": optionalText("The fully qualified name of the secret store's integration. Needs `secret_path`."),
				"secret_path":     optionalText("The path of the secret in the store."),
				"secret_group":    optionalText("The name of the secret group. Needs `key`."),
				"key":             optionalText("The key of the secret in the group."),
			},
		},
		"owned_by": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Who owns the account.",
			Attributes: map[string]schema.Attribute{
				"team":    text("The owning team."),
				"account": optionalText("The owning account."),
			},
		},
		"tags": schema.MapAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: "Tags. A value on the server that is not a string is shown as JSON.",
		},
		"identity_provider_mapping": schema.SetNestedAttribute{
			Optional: true, MarkdownDescription: "Which identity provider tokens act as the account. TrueFoundry issues no new token for such an account: a change of `rotation_triggers` is an error, and `rotate_before_expiry` and `rotate_after` have no effect.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"identity_provider": text("The fully qualified name of the identity provider."),
				"value":             text("The value of the claim that identifies the account."),
			}},
		},
	}
}

func recipients(description string) schema.Attribute {
	return schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))},
		MarkdownDescription: description,
	}
}
