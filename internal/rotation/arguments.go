package rotation

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// NameArguments are name and name_prefix, of which a configuration has exactly one.
func NameArguments(rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators: append([]validator.String{
				stringvalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("name_prefix")), stringvalidator.LengthAtLeast(1),
			}, rules...),
			MarkdownDescription: "The token's name. Exactly one of `name` and `name_prefix` must be set.",
		},
		"name_prefix": schema.StringAttribute{
			Optional:   true,
			Validators: append([]validator.String{stringvalidator.LengthAtLeast(1)}, rules...),
			MarkdownDescription: "The beginning of the token's name; a unique ending of 10 characters is added for each token, so that two generations can live side by side. " +
				"Needed with `create_before_destroy`. An import leaves it null; setting it to a prefix of the name keeps the name until the next rotation.",
		},
	}
}

// ExpiryArguments are lifetime and expires_at, of which a configuration has one at the most.
func ExpiryArguments() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"lifetime": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, Validators: []validator.String{PositiveDuration()}, PlanModifiers: []planmodifier.String{SameDuration()},
			MarkdownDescription: "How long a token lives from the moment it is minted, as a duration such as `90d`. Editing it never rotates the token. " +
				"An import leaves it null; setting it to the lifetime that the token was minted with changes nothing on the server. Conflicts with `expires_at`.",
		},
		"expires_at": schema.StringAttribute{
			Optional: true, Computed: true, CustomType: TimeType{},
			Validators:          []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("lifetime"))},
			MarkdownDescription: "When the token expires, as an RFC 3339 time such as `2030-01-31T00:00:00Z`. Without it the expiry follows from `lifetime`; null means never. Conflicts with `lifetime`.",
		},
	}
}

// RotatingArguments are the arguments and attributes of [Rotating]. The rules are those of the system for
// rotate_before_expiry, beside that it is a duration.
func RotatingArguments(rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotation_triggers": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "A map of any strings. Changing it, also to a value that is only known after apply, rotates: a new token is minted and the old one revoked. Adding the whole map, removing it, and importing do not.",
		},
		"rotate_before_expiry": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, PlanModifiers: []planmodifier.String{SameDuration()},
			Validators:          append([]validator.String{PositiveDuration()}, rules...),
			MarkdownDescription: "Rotates once less than this is left of the token's life, as a duration such as `14d`. Must be shorter than that life. Where no expiry is known it has no effect, and the plan warns of that: use `rotate_after` there. Refreshing decides about it: a token that is due has the `status` `due`, which the plan of its rotation shows as the reason, and a plan with `-refresh=false` knows nothing newer than the last refresh that was saved. Editing it never rotates the token by itself.",
		},
		"rotate_after": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, PlanModifiers: []planmodifier.String{SameDuration()},
			Validators: []validator.String{PositiveDuration(), beforeItExpires()},
			MarkdownDescription: "Rotates once the token is older than this, as a duration such as `90d`: for tokens that never expire, or whose expiry the system does not tell. With `rotate_before_expiry`, whichever is due first. " +
				"The age counts from the mint, of an imported token from its creation; of one whose creation nothing tells, from the import. Refreshing decides about it, as it does for `rotate_before_expiry`. Editing it never rotates the token by itself.",
		},
		"rotation_due_at": schema.StringAttribute{
			Computed: true, CustomType: TimeType{},
			MarkdownDescription: "When time alone rotates the token, as an RFC 3339 time in UTC: the first of what `rotate_before_expiry` and `rotate_after` say and the expiry, from which on the token is planned for rotation. Null when nothing will. The first apply after it rotates, if it refreshes.",
		},
		"encrypt_secret_to": schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1), Recipients()},
			MarkdownDescription: "Public keys of age (`age1…`) or SSH (`ssh-ed25519 …`, `ssh-rsa …`). With them the secret is nowhere in plain text, only in `encrypted_secret`, which the function `provider::mint::decrypt`, the ephemeral resource `mint_decrypted_secret` and `age -d` decrypt. Adding the argument encrypts the secret that is in the state, in place; other recipients take effect with the next rotation. A change never rotates the token.",
		},
		"encrypted_secret": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The secret, encrypted for the recipients of `encrypt_secret_to` and armored; null without them, and after an import.",
		},
		"secret_version": schema.Int64Attribute{
			Computed: true,
			MarkdownDescription: "A number that grows with every mint: the time of the mint in Unix seconds, and always more than the version of the previous token in this place. It is unknown in a plan that mints and in no other, so it suits the `*_wo_version` arguments of other providers. " +
				"An import and an upgrade of the provider set it once, from the time of creation if that is known. Other recipients in `encrypt_secret_to` do not change it. Two tokens that a replacement mints within one second have the same version.",
		},
	}
}

// OverlapArguments are overlap and the attributes of [Previous]. The rules are those of the system for overlap, beside that
// it is a duration; ending says what becomes of the previous generation on this system.
func OverlapArguments(ending string, rules ...validator.String) map[string]schema.Attribute {
	all := PreviousAttributes()
	all["overlap"] = schema.StringAttribute{
		Optional: true, CustomType: DurationType{}, PlanModifiers: []planmodifier.String{SameDuration()},
		Validators: append([]validator.String{PositiveDuration(), UncutOverlap()}, rules...),
		MarkdownDescription: "For how long the previous token keeps working after a rotation, as a duration such as `3d`. With it every rotation happens in place, and so does every other change that needs a new token of the same owner; the previous token is stored in `previous_id` and `previous_secret` meanwhile. " +
			ending + " Without it a rotation replaces the resource, and `create_before_destroy` decides about the order. Editing it never rotates the token, and does not extend or shorten an overlap that has begun.",
	}
	return all
}

// PreviousAttributes are the attributes of [Previous].
func PreviousAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"previous_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The id of the previous token, until it is revoked; null when there is none.",
		},
		"previous_secret": schema.StringAttribute{
			Computed: true, Sensitive: true, MarkdownDescription: "The secret of the previous token; null when there is none, and with `encrypt_secret_to`.",
		},
		"previous_encrypted_secret": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The secret of the previous token, as `encrypted_secret` holds it; null when there is none.",
		},
		"previous_revoked_after": schema.StringAttribute{
			Computed: true, CustomType: TimeType{},
			MarkdownDescription: "When the overlap of the previous token is over, as an RFC 3339 time in UTC; null when there is none.",
		},
	}
}

// ComputedAttributes are what every token tells about itself.
func ComputedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"created_at": schema.StringAttribute{
			Computed: true, CustomType: TimeType{},
			MarkdownDescription: "When the token was minted, as an RFC 3339 time in UTC.",
		},
		"status": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`" + StatusActive + "`; `" + StatusDue + "` once `rotate_before_expiry` or `rotate_after` asks for a rotation; or `" + StatusExpired + "` once `expires_at` has passed. A token that is due or expired is planned for rotation.",
		},
	}
}
