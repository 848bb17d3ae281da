package sink

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// kind is one type of resource.
type kind struct {
	typeName string
	// place are the arguments that say where the secret is put. They are also what the id is made of.
	place []path.Path
	// prefix is what the id begins with.
	prefix string
	// secret is the argument with the secret, and version the one that says when to write it again; a kind without a secret has neither, and
	// one that has no write-only argument writes whatever changes.
	secret, version string
	// computed are the attributes that the id fills in.
	computed []string
	schema   schema.Schema
}

// kinds are the resources of all providers, by the provider's address. Those of vendors have the names and arguments that the releases named
// in the guide document, as far as the guide uses them.
func kinds() map[string][]kind {
	return map[string][]kind{
		"tokenmint/sink":       {secretKind()},
		"hashicorp/vault":      {vaultKVSecretV2()},
		"hashicorp/aws":        {awsSecret(), awsSecretVersion()},
		"hashicorp/kubernetes": {kubernetesSecretV1()},
		"integrations/github":  {githubActionsSecret()},
	}
}

func secretKind() kind {
	return kind{
		typeName: "sink_secret", place: []path.Path{path.Root("slot")}, secret: "secret_wo", version: "secret_wo_version", computed: []string{"id"},
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"slot": key(), "secret_wo": writeOnly(), "secret_wo_version": schema.Int64Attribute{Optional: true}, "id": computed(),
		}},
	}
}

func vaultKVSecretV2() kind {
	return kind{
		typeName: "vault_kv_secret_v2", place: []path.Path{path.Root("mount"), path.Root("name")},
		secret: "data_json_wo", version: "data_json_wo_version", computed: []string{"id", "path"},
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"mount": key(), "name": key(), "delete_all_versions": schema.BoolAttribute{Optional: true},
			"data_json_wo": writeOnly(), "data_json_wo_version": schema.Int64Attribute{Optional: true}, "id": computed(), "path": computed(),
		}},
	}
}

func awsSecret() kind {
	return kind{
		typeName: "aws_secretsmanager_secret", place: []path.Path{path.Root("name")}, prefix: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:",
		computed: []string{"id", "arn"},
		schema:   schema.Schema{Attributes: map[string]schema.Attribute{"name": key(), "id": computed(), "arn": computed()}},
	}
}

func awsSecretVersion() kind {
	return kind{
		typeName: "aws_secretsmanager_secret_version", place: []path.Path{path.Root("secret_id")},
		secret: "secret_string_wo", version: "secret_string_wo_version", computed: []string{"id"},
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"secret_id": key(), "secret_string_wo": writeOnly(), "secret_string_wo_version": schema.Int64Attribute{Optional: true}, "id": computed(),
		}},
	}
}

func kubernetesSecretV1() kind {
	metadata := path.Root("metadata").AtListIndex(0)
	return kind{
		typeName: "kubernetes_secret_v1", place: []path.Path{metadata.AtName("namespace"), metadata.AtName("name")},
		secret: "data_wo", version: "data_wo_revision", computed: []string{"id"},
		schema: schema.Schema{
			Attributes: map[string]schema.Attribute{
				"type":    schema.StringAttribute{Optional: true},
				"data_wo": schema.MapAttribute{ElementType: types.StringType, Optional: true, WriteOnly: true},
				"data_wo_revision": schema.Int64Attribute{
					Optional: true, Validators: []validator.Int64{int64validator.AtLeast(1)},
				},
				"id": computed(),
			},
			Blocks: map[string]schema.Block{
				"metadata": schema.ListNestedBlock{NestedObject: schema.NestedBlockObject{
					Attributes: map[string]schema.Attribute{"name": key(), "namespace": key()},
				}},
			},
		},
	}
}

func githubActionsSecret() kind {
	return kind{
		typeName: "github_actions_secret", place: []path.Path{path.Root("repository"), path.Root("secret_name")}, secret: "value", computed: []string{"id"},
		schema: schema.Schema{Attributes: map[string]schema.Attribute{
			"repository": key(), "secret_name": key(), "value": schema.StringAttribute{Optional: true, Sensitive: true}, "id": computed(),
		}},
	}
}

func key() schema.StringAttribute {
	return schema.StringAttribute{Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()}}
}

func writeOnly() schema.StringAttribute {
	return schema.StringAttribute{Optional: true, WriteOnly: true}
}

func computed() schema.StringAttribute {
	return schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
}
