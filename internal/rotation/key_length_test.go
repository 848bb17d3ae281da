package rotation_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestDecrypt_longKey: a key is refused for its length before anything computes with it, which would take a minute for the longest text
// that is allowed.
func TestDecrypt_longKey(t *testing.T) {
	t.Parallel()
	own := x25519Key(t)
	text := encryptedFor(t, "secret", own)
	refused(t, text, own.private+"\n"+pemText("RSA PRIVATE KEY", make([]byte, 700_000), nil), rotation.IdentityArgument,
		"must be an age or SSH private key, but line 3 is the beginning of a private key that is longer than 16384 bytes. Use a key that ssh-keygen makes")
	refused(t, text, pemText("RSA PRIVATE KEY", make([]byte, 9_000), nil), rotation.IdentityArgument,
		"must be an age or SSH private key, but line 1 is the beginning of a private key that cannot be used")
}

func TestNewEncrypter_longKey(t *testing.T) {
	t.Parallel()
	line := "ssh-rsa " + strings.Repeat("A", 17<<10)
	recipients := types.ListValueMust(types.StringType, []attr.Value{types.StringValue(line)})
	_, diags := rotation.NewEncrypter(t.Context(), recipients)
	if len(diags) != 1 || !strings.HasSuffix(diags[0].Detail(), ": it is longer than 16384 bytes, and so longer than any key that age-keygen or ssh-keygen makes.") {
		t.Errorf("%v", diags)
	}
}
