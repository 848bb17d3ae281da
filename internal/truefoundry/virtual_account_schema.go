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
			MarkdownDescription: "The account's name, unique in the tenant. TrueFoundry allows 3 to 36 characters (older control planes 25): lowercase letters, digits and hyphens, beginning with a letter and ending with a letter or a digit. Changing it replaces the resource.",
		},
		"overlap": schema.StringAttribute{
			Optional: true, CustomType: rotation.DurationType{}, Validators: []validator.String{rotation.NoNegativeDuration(), rotation.UncutOverlap()}, PlanModifiers: []planmodifier.String{rotation.SameDuration()},
			MarkdownDescription: "How long the previous token keeps working after a rotation, as a duration such as `3d`, up to `365d`. It is TrueFoundry's grace period; older control planes know only whole days, and there it is rounded up to a day. Without `overlap` the previous token is revoked at once. " +
				"Until the overlap is over, `previous_id` and `previous_secret` hold the previous token. TrueFoundry itself revokes it at `previous_revoked_after`, and the next refresh removes it from the state. " +
				"If the control plane does not keep the token, or keeps it for another time, the apply warns and the state shows what the control plane reports. " +
				"A second rotation within that time revokes the older token early. A rotation outside Terraform does not change the `previous_` attributes. Changing it never rotates the token, and neither extends nor shortens an overlap that has begun.",
		},
		"store_token": schema.BoolAttribute{
			Optional: true, Computed: true, Default: booldefault.StaticBool(true),
			MarkdownDescription: "`false` keeps the token out of the state: `token` is null, and consumers take it from the secret store that `secret_store_config` names. Default `true`. Null after an import until the first apply. Changing it never rotates the token.",
		},
		"token": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The account's token. Null with `store_token = false`, with `encrypt_secret_to`, and after an import until the first apply, which reads the token. A token that was rotated outside Terraform is read again. " +
				"TrueFoundry may refuse to show a token, usually an opaque one. The attribute is then null or holds the previous token, and a warning says so.",
		},
		"jwt_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The id of the active token, which changes when the token is rotated outside Terraform. Null where the control plane does not show it.",
		},
		"created_by": createdByAttribute(),
		"created_at": instant("When the account was created, as an RFC 3339 time in UTC."),
		"expires_at": instant("When the active token expires, as an RFC 3339 time in UTC. Null for never, and where the control plane does not show it."),
		"status": schema.StringAttribute{
			Computed: true, MarkdownDescription: "`" + rotation.StatusActive + "`; `" + rotation.StatusDue + "` once `rotate_before_expiry` or `rotate_after` has made the token due for rotation; or `" + rotation.StatusExpired + "` once the account or its active token has expired. An expired account is not replaced: a later `expiration_date` reactivates it. With `rotate_before_expiry` an expired token is rotated.",
		},
	}
	maps.Copy(attributes, manifestAttributes())
	maps.Copy(attributes, rotation.RotatingArguments())
	maps.Copy(attributes, rotation.PreviousAttributes())
	attributes["rotation_due_at"] = instant("When the token falls due for rotation by time alone, as an RFC 3339 time in UTC: the earlier of the times that follow from `rotate_before_expiry` and `rotate_after`. The first apply after that, with a refresh, rotates the token. Null when time never rotates it, and with `auto_rotate`.")
	resp.Schema = schema.Schema{
		MarkdownDescription: "A virtual account on TrueFoundry, its identity for machines, with its token. Everything but the name changes in place. A rotation gives the account a new token, and the previous token keeps working for `overlap`. " +
			"`rotate_before_expiry` is for control planes on which tokens expire. It conflicts with `auto_rotate`, and with `expiration_date`, the day on which the whole account expires. `rotate_after` rotates any token, but it conflicts with `auto_rotate`, too, and has no effect once the account has expired.\n\n" +
			"The resource never takes over an account that exists with the same name: the error says how to import it. It keeps the fields of the account's manifest that this provider does not know.\n\n" +
			"~> The token is stored in the state, unless `store_token` is `false`. Use an encrypted backend, or set `encrypt_secret_to`.",
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
			MarkdownDescription: "What the account may do: at least one permission. Changing it updates the account in place. Defaults to the permissions that the account has, which are then not managed: removing the argument revokes no access. Newer control planes keep permissions in role bindings.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"resource_fqn":  text("The resource's fully qualified name."),
				"resource_type": text("The resource's type, such as `workspace` or `provider-account`."),
				"role_id":       text("The id of the role on the resource."),
			}},
		},
		"expiration_date": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "The day on which the account expires with all its tokens, as `yyyy-mm-dd` in UTC. Without it the account never expires. Changing it updates the account in place, and TrueFoundry may issue a new token.",
		},
		"auto_rotate": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Makes TrueFoundry itself rotate the token. The next refresh reads the new token into the state. Changing it updates the account in place; some control planes ignore the change once the account exists.",
			Attributes: map[string]schema.Attribute{
				"auto_rotate_interval": schema.Int64Attribute{
					Required: true, Validators: []validator.Int64{int64validator.AtLeast(rotateIntervalMin)}, MarkdownDescription: "The time between two rotations, in days; at least 30.",
				},
				"grace_period": schema.Int64Attribute{
					Required: true, Validators: []validator.Int64{int64validator.AtLeast(rotateGraceMin)}, MarkdownDescription: "How long the previous token keeps working, in days; at least 1.",
				},
			},
		},
		"token_type": schema.StringAttribute{
			Optional: true, Validators: []validator.String{stringvalidator.OneOf(tokenTypeJWT, tokenTypeOpaque)},
			MarkdownDescription: "The form of the token: `jwt` or `opaque`. Without it the tenant decides. An opaque token usually cannot be read again after it was issued. Changing it updates the account in place.",
		},
	}
	maps.Copy(attributes, surroundingAttributes())
	return attributes
}

// surroundingAttributes are the part of the manifest about where the account stands.
func surroundingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"notification_target": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Whom TrueFoundry notifies of rotations. Changing it updates the account in place.",
			Attributes: map[string]schema.Attribute{
				"type": schema.StringAttribute{
					Required: true, Validators: []validator.String{stringvalidator.OneOf(targetTypes()...)}, MarkdownDescription: "The type of the target: one of " + quoted(targetTypes()) + ".",
				},
				"notification_channel": text("The fully qualified name of the notification channel's integration."),
				"to_emails":            recipients("The e-mail addresses. Required with the type `email`, and allowed only there."),
				"channels":             recipients("The channels. Required with the type `slack-bot`, and allowed only there."),
			},
		},
		"secret_store_config": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Where TrueFoundry stores the token, and stores it again after each rotation: either in a secret store that is integrated with TrueFoundry (`integration_fqn` and `secret_path`) or, on newer control planes, in one of TrueFoundry's own secret groups (`secret_group` and `key`). Changing it updates the account in place.",
			Attributes: map[string]schema.Attribute{
				"integration_fqn": optionalText("The fully qualified name of the secret store's integration. Requires `secret_path`."),
				"secret_path":     optionalText("The path of the secret in the store."),
				"secret_group":    optionalText("The name of the secret group. Requires `key`."),
				"key":             optionalText("The key of the secret in the group."),
			},
		},
		"owned_by": schema.SingleNestedAttribute{
			Optional: true, MarkdownDescription: "Who owns the account. Changing it updates the account in place.",
			Attributes: map[string]schema.Attribute{
				"team":    text("The owning team."),
				"account": optionalText("The owning account."),
			},
		},
		"tags": schema.MapAttribute{
			Optional: true, ElementType: types.StringType, MarkdownDescription: "The account's tags. A value on the server that is not a string is shown as JSON. Changing it updates the account in place.",
		},
		"identity_provider_mapping": schema.SetNestedAttribute{
			Optional: true, MarkdownDescription: "Which tokens of an identity provider authenticate as the account. TrueFoundry issues no new token for such an account: a change of `rotation_triggers` is an error, and `rotate_before_expiry` and `rotate_after` have no effect. Changing it updates the account in place.",
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
