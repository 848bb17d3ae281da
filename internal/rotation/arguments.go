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

// NameArguments are name and name_prefix, of which a configuration has exactly one. About is what the system's page says of both: its rule
// for names, and what a change does.
func NameArguments(about string, rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Optional: true, Computed: true,
			Validators: append([]validator.String{
				stringvalidator.ExactlyOneOf(path.MatchRoot("name"), path.MatchRoot("name_prefix")), stringvalidator.LengthAtLeast(1),
			}, rules...),
			MarkdownDescription: "The name of the token. Exactly one of `name` and `name_prefix` must be set; with `name_prefix` it defaults to a generated name. " + about,
		},
		"name_prefix": schema.StringAttribute{
			Optional:   true,
			Validators: append([]validator.String{stringvalidator.LengthAtLeast(1)}, rules...),
			MarkdownDescription: "The beginning of the token's name. Each token gets a unique suffix of 10 characters, so that the new and the previous token can exist side by side: required with `create_before_destroy`. " +
				"Null after an import; setting it then to a prefix that the name begins with keeps the name until the next rotation. " + about,
		},
	}
}

// ExpiryArguments are lifetime and expires_at, of which a configuration has one at the most. The two texts are what the system's page says of
// each: its rule, and what a change does.
func ExpiryArguments(aboutLifetime, aboutExpiry string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"lifetime": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, Validators: []validator.String{PositiveDuration()}, PlanModifiers: []planmodifier.String{SameDuration()},
			MarkdownDescription: "How long each token lives from the moment it is minted, as a duration such as `90d`. Conflicts with `expires_at`. " +
				"Null after an import; setting it to the lifetime that the token was minted with then changes nothing on the server. " + aboutLifetime,
		},
		"expires_at": schema.StringAttribute{
			Optional: true, Computed: true, CustomType: TimeType{},
			Validators: []validator.String{stringvalidator.ConflictsWith(path.MatchRoot("lifetime"))},
			MarkdownDescription: "When the token expires, as an RFC 3339 time such as `2030-01-31T00:00:00Z`. Defaults to the expiry that follows from `lifetime`; null means never. " +
				"Conflicts with `lifetime`. " + aboutExpiry,
		},
	}
}

// RotatingArguments are the arguments and attributes of [Rotating]. The rules are those of the system for
// rotate_before_expiry, beside that it is a duration.
func RotatingArguments(rules ...validator.String) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"rotation_triggers": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			MarkdownDescription: "A map of arbitrary strings. Changing it rotates the token, even if the new value is only known after apply: a new token is minted and the previous one is revoked, after `overlap` where that is set. Adding the whole map, removing it, and importing do not rotate.",
		},
		"rotate_before_expiry": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, PlanModifiers: []planmodifier.String{SameDuration()},
			Validators: append([]validator.String{PositiveDuration()}, rules...),
			MarkdownDescription: "Rotates the token once less than this is left until it expires, as a duration such as `14d`. Must be shorter than the token's life. " +
				"Has no effect on a token whose expiry is not known, and the plan warns of that: use `rotate_after` instead. " +
				"The refresh decides whether the token is due: its `status` becomes `due`, and the plan shows that as the reason for the rotation. A plan with `-refresh=false` uses the last saved refresh. Changing it never rotates the token at that apply.",
		},
		"rotate_after": schema.StringAttribute{
			Optional: true, CustomType: DurationType{}, PlanModifiers: []planmodifier.String{SameDuration()},
			Validators: []validator.String{PositiveDuration(), beforeItExpires()},
			MarkdownDescription: "Rotates the token once it is older than this, as a duration such as `90d`. Meant for tokens that never expire, or whose expiry the system does not report. With `rotate_before_expiry` as well, the first to fall due rotates. " +
				"The age counts from the mint; for an imported token it counts from its creation, or from the import if the system does not report the creation. The refresh decides whether the token is due, as for `rotate_before_expiry`. Changing it never rotates the token at that apply.",
		},
		"rotation_due_at": schema.StringAttribute{
			Computed: true, CustomType: TimeType{},
			MarkdownDescription: "When the token falls due for rotation by time alone, as an RFC 3339 time in UTC: the earliest of the times that follow from `rotate_before_expiry` and `rotate_after`, and of the expiry itself. The first apply after that, with a refresh, rotates the token. Null when time never rotates it.",
		},
		"encrypt_secret_to": schema.ListAttribute{
			Optional: true, ElementType: types.StringType, Validators: []validator.List{listvalidator.SizeAtLeast(1), Recipients()},
			MarkdownDescription: "The recipients for whom the secret is encrypted: public keys of age (`age1…`) or SSH (`ssh-ed25519 …`, `ssh-rsa …`). With them the secret is never stored in plain text, only in `encrypted_secret`. " +
				"The function `provider::mint::decrypt`, the ephemeral resource `mint_decrypted_secret` and `age -d` decrypt it. Adding the argument encrypts the secret that is already in the state, in place. Other recipients take effect with the next rotation. Changing it never rotates the token.",
		},
		"encrypted_secret": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The secret, encrypted for the recipients in `encrypt_secret_to`, in age's armored text form. Null without `encrypt_secret_to`, and after an import.",
		},
		"secret_version": schema.Int64Attribute{
			Computed: true,
			MarkdownDescription: "A number that grows with every mint: the time of the mint in Unix seconds, or one more than the previous version if that is larger. It is unknown only in a plan that mints a token, so it suits the `*_wo_version` arguments of other providers. " +
				"An import sets it once, from the time of creation if that is known, and so does an upgrade of the provider. Other recipients in `encrypt_secret_to` do not change it. Two tokens that a replacement mints within one second have the same version.",
		},
	}
}

// OverlapArguments are overlap and the attributes of [Previous]. The rules are those of the system for overlap, beside that
// it is a duration; ending says how the previous token is revoked on this system.
func OverlapArguments(ending string, rules ...validator.String) map[string]schema.Attribute {
	all := PreviousAttributes()
	all["overlap"] = schema.StringAttribute{
		Optional: true, CustomType: DurationType{}, PlanModifiers: []planmodifier.String{SameDuration()},
		Validators: append([]validator.String{PositiveDuration(), UncutOverlap()}, rules...),
		MarkdownDescription: "How long the previous token keeps working after a rotation, as a duration such as `3d`. With `overlap` every rotation happens in place, and so does every other change that needs a new token of the same owner. Until the overlap is over, `previous_id` and `previous_secret` hold the previous token. " +
			ending + " Without `overlap` a rotation replaces the resource, and `create_before_destroy` decides which token goes first. Changing it never rotates the token, and neither extends nor shortens an overlap that has begun.",
	}
	return all
}

// PreviousAttributes are the attributes of [Previous].
func PreviousAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"previous_id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The id of the previous token until it is revoked. Null when there is none.",
		},
		"previous_secret": schema.StringAttribute{
			Computed: true, Sensitive: true, MarkdownDescription: "The secret of the previous token. Null when there is none, and with `encrypt_secret_to`.",
		},
		"previous_encrypted_secret": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The secret of the previous token, encrypted like `encrypted_secret`. Null when there is none, and without `encrypt_secret_to`.",
		},
		"previous_revoked_after": schema.StringAttribute{
			Computed: true, CustomType: TimeType{},
			MarkdownDescription: "When the overlap of the previous token is over, as an RFC 3339 time in UTC. Null when there is no previous token.",
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
			MarkdownDescription: "`" + StatusActive + "`; `" + StatusDue + "` once `rotate_before_expiry` or `rotate_after` has made the token due for rotation; or `" + StatusExpired + "` once `expires_at` has passed. A token that is due or expired is planned for rotation.",
		},
	}
}
