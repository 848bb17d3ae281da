package provider_test

import (
	"strings"
	"testing"

	"filippo.io/age"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

const decryptedSecretType = "mint_decrypted_secret"

// newIdentity makes an age identity, and a text that is encrypted for it.
func newIdentity(t *testing.T, secret string) (identity *age.X25519Identity, encrypted string) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	to := types.ListValueMust(types.StringType, []attr.Value{types.StringValue(identity.Recipient().String())})
	encrypter, diags := rotation.NewEncrypter(t.Context(), to)
	if diags.HasError() {
		t.Fatal(diags)
	}
	stored, err := encrypter.Store(secret)
	if err != nil {
		t.Fatal(err)
	}
	return identity, stored.Encrypted.ValueString()
}

// call calls provider::mint::decrypt.
func (r *run) call(encrypted, identity any) (tftypes.Value, *tfprotov6.FunctionError) {
	r.t.Helper()
	answer, err := r.server.CallFunction(r.t.Context(), &tfprotov6.CallFunctionRequest{
		Name: "decrypt", Arguments: []*tfprotov6.DynamicValue{r.dynamic(tftypes.String, encrypted), r.dynamic(tftypes.String, identity)},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if answer.Error != nil {
		return tftypes.Value{}, answer.Error
	}
	value, err := answer.Result.Unmarshal(tftypes.String)
	if err != nil {
		r.t.Fatal(err)
	}
	return value, nil
}

// open validates and opens mint_decrypted_secret, and returns its secret.
func (r *run) open(encrypted, identity any) (tftypes.Value, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	kind := r.schemas.EphemeralResourceSchemas[decryptedSecretType].ValueType()
	config := r.dynamic(kind, arguments{"encrypted_secret": encrypted, "identity": identity})
	valid, err := r.server.ValidateEphemeralResourceConfig(r.t.Context(), &tfprotov6.ValidateEphemeralResourceConfigRequest{TypeName: decryptedSecretType, Config: config})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(valid.Diagnostics) > 0 {
		return tftypes.Value{}, valid.Diagnostics
	}
	answer, err := r.server.OpenEphemeralResource(r.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: decryptedSecretType, Config: config})
	if err != nil {
		r.t.Fatal(err)
	}
	if len(answer.Diagnostics) > 0 {
		return tftypes.Value{}, answer.Diagnostics
	}
	value, err := answer.Result.Unmarshal(kind)
	if err != nil {
		r.t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	if err := value.As(&attributes); err != nil {
		r.t.Fatal(err)
	}
	return attributes["secret"], nil
}

// TestDecrypt_values: the function and the ephemeral resource return the same, without a word to any system, whose settings are broken here.
func TestDecrypt_values(t *testing.T) {
	t.Parallel()
	const secret = "täp-ünïcode/+=\n"
	identity, encrypted := newIdentity(t, secret)
	r := configured(t, map[string]string{"SAIL_BASE_URL": "of no use"}, nil)
	for name, c := range map[string]struct{ encrypted, want any }{"a secret": {encrypted, secret}, "null": {nil, nil}} {
		want := tftypes.NewValue(tftypes.String, c.want)
		if got, failure := r.call(c.encrypted, identity.String()); failure != nil || !got.Equal(want) {
			t.Errorf("%s: the function returns %s, %v", name, got, failure)
		}
		if got, failures := r.open(c.encrypted, identity.String()); len(failures) > 0 || !got.Equal(want) {
			t.Errorf("%s: the ephemeral resource has %s, %s", name, got, said(failures))
		}
	}
	if got, failure := r.call(encrypted, nil); failure != nil || !got.IsNull() {
		t.Errorf("without an identity the function returns %s, %v", got, failure)
	}
	// An argument that is left out looks like null: it must not be mistaken for a token without a secret.
	if got, failures := r.open(encrypted, nil); len(failures) != 1 || !strings.Contains(failures[0].Detail, "identity attribute") {
		t.Errorf("without an identity the ephemeral resource has %s, %s", got, said(failures))
	}
	if sent := r.sent.Load(); sent > 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

// TestDecrypt_mistakes: both name the argument, in the same words, and show nothing of what they were given.
func TestDecrypt_mistakes(t *testing.T) {
	t.Parallel()
	identity, encrypted := newIdentity(t, "s3cr3t")
	stranger, _ := newIdentity(t, "s3cr3t")
	r := configured(t, nil, nil)
	for name, c := range map[string]struct {
		encrypted, identity, argument, says string
		position                            int64
	}{
		"no ciphertext":    {"s3cr3t-in-plain", identity.String(), "encrypted_secret", "must be a secret that age has encrypted", 0},
		"another identity": {encrypted, stranger.String(), "identity", "must be the private key of a recipient of the secret", 1},
		"a public key":     {encrypted, identity.Recipient().String(), "identity", "must be an age or SSH private key, but line 1 is an age public key.", 1},
	} {
		_, failure := r.call(c.encrypted, c.identity)
		if failure == nil || failure.FunctionArgument == nil || *failure.FunctionArgument != c.position || !strings.HasPrefix(failure.Text, c.says) {
			t.Fatalf("%s: the function says %+v", name, failure)
		}
		_, failures := r.open(c.encrypted, c.identity)
		if len(failures) != 1 || failures[0].Summary != "Unable to decrypt the secret" || failures[0].Detail != "Attribute "+c.argument+" "+failure.Text+"." ||
			!failures[0].Attribute.Equal(tftypes.NewAttributePath().WithAttributeName(c.argument)) {
			t.Errorf("%s: the ephemeral resource says %s", name, said(failures))
		}
		for _, given := range []string{"s3cr3t", c.encrypted, c.identity} {
			if strings.Contains(failure.Text, given) {
				t.Errorf("%s: the message shows %q", name, given)
			}
		}
	}
}
