package rotation_test

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"io"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/crypto/ssh"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// key is a recipient as a configuration has it, and the identity that decrypts what is encrypted for it, also as a file has it.
type key struct {
	recipient string
	identity  age.Identity
	private   string
}

func x25519Key(t *testing.T) key {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key{identity.Recipient().String(), identity, identity.String() + "\n"}
}

func hybridKey(t *testing.T) key {
	t.Helper()
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return key{identity.Recipient().String(), identity, identity.String() + "\n"}
}

func ed25519Key(t *testing.T) key {
	t.Helper()
	public, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := agessh.NewEd25519Identity(secret)
	if err != nil {
		t.Fatal(err)
	}
	return key{authorized("ssh-ed25519", public), identity, openSSH(t, secret)}
}

func rsaKey(t *testing.T, bits int) key {
	t.Helper()
	secret, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := agessh.NewRSAIdentity(secret)
	if err != nil {
		t.Fatal(err)
	}
	// A leading zero keeps the modulus positive (RFC 4251, mpint).
	return key{authorized("ssh-rsa", []byte{1, 0, 1}, append([]byte{0}, secret.N.Bytes()...)), identity, openSSH(t, secret)}
}

// openSSH writes a private key as ssh-keygen does.
func openSSH(t *testing.T, secret crypto.PrivateKey) string {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(secret, "jane@laptop")
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block))
}

// authorized writes a public key as SSH does (RFC 4253, 6.6).
func authorized(kind string, fields ...[]byte) string {
	var wire []byte
	for _, field := range append([][]byte{[]byte(kind)}, fields...) {
		wire = binary.BigEndian.AppendUint32(wire, uint32(len(field)))
		wire = append(wire, field...)
	}
	return kind + " " + base64.StdEncoding.EncodeToString(wire)
}

func recipientList(lines ...string) types.List {
	elements := make([]attr.Value, 0, len(lines))
	for _, line := range lines {
		elements = append(elements, types.StringValue(line))
	}
	return types.ListValueMust(types.StringType, elements)
}

func encrypter(t *testing.T, keys ...key) rotation.Encrypter {
	t.Helper()
	lines := make([]string, 0, len(keys))
	for _, k := range keys {
		lines = append(lines, k.recipient)
	}
	s, diags := rotation.NewEncrypter(t.Context(), recipientList(lines...))
	if diags.HasError() {
		t.Fatal(diags)
	}
	return s
}

func decrypt(t *testing.T, encrypted string, k key) string {
	t.Helper()
	plain, err := age.Decrypt(armor.NewReader(strings.NewReader(encrypted)), k.identity)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEncrypter_everyKind(t *testing.T) {
	t.Parallel()
	other := x25519Key(t)
	const secret = "täp-ünïcode/+=\n"
	for name, keys := range map[string][]key{
		"age":                 {x25519Key(t)},
		"age, post-quantum":   {hybridKey(t)},
		"two of them":         {hybridKey(t), hybridKey(t)},
		"ssh-ed25519":         {ed25519Key(t)},
		"ssh-rsa":             {rsaKey(t, 2048)},
		"a mixture":           {x25519Key(t), ed25519Key(t), rsaKey(t, 2048), x25519Key(t)},
		"with a comment":      {commented(ed25519Key(t), " jane@laptop")},
		"with an end of line": {commented(x25519Key(t), "\r\n")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			held, err := encrypter(t, keys...).Store(secret)
			if err != nil || !held.Plain.IsNull() {
				t.Fatalf("%v, plain %s", err, held.Plain)
			}
			text := held.Encrypted.ValueString()
			if !strings.HasPrefix(text, armor.Header+"\n") || !strings.HasSuffix(text, armor.Footer+"\n") || strings.Contains(text, secret) {
				t.Errorf("not armored:\n%s", text)
			}
			for _, k := range keys {
				if got := decrypt(t, text, k); got != secret {
					t.Errorf("%s decrypts %q", k.recipient, got)
				}
			}
			if _, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), other.identity); err == nil {
				t.Error("a key that is no recipient decrypts it")
			}
		})
	}
}

func commented(k key, comment string) key {
	k.recipient += comment
	return k
}

func TestEncrypter_withoutRecipients(t *testing.T) {
	t.Parallel()
	s, diags := rotation.NewEncrypter(t.Context(), types.ListNull(types.StringType))
	if diags.HasError() {
		t.Fatal(diags)
	}
	held, err := s.Store("plain")
	if diff := cmp.Diff(rotation.StoredSecret{Plain: types.StringValue("plain"), Encrypted: types.StringNull()}, held); diff != "" || err != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}

// TestEncrypter_noSecret: an imported token has none, and none is not an empty text that is encrypted.
func TestEncrypter_noSecret(t *testing.T) {
	t.Parallel()
	for _, s := range []rotation.Encrypter{{}, encrypter(t, x25519Key(t))} {
		held, err := s.Store("")
		if diff := cmp.Diff(rotation.NoSecret(), held); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	}
}

func TestEncryptStored(t *testing.T) {
	t.Parallel()
	k := x25519Key(t)
	s := encrypter(t, k)
	held, err := s.EncryptStored(rotation.StoredSecret{Plain: types.StringValue("plain"), Encrypted: types.StringNull()})
	if err != nil || !held.Plain.IsNull() || decrypt(t, held.Encrypted.ValueString(), k) != "plain" {
		t.Errorf("%v %s", err, held.Plain)
	}
	for name, kept := range map[string]rotation.StoredSecret{"none": rotation.NoSecret(), "encrypted": held} {
		got, err := s.EncryptStored(kept)
		if diff := cmp.Diff(kept, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

// TestRecipients: what is wrong is refused before anything is minted, and never repeated in a message.
func TestRecipients(t *testing.T) {
	t.Parallel()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	good, another := x25519Key(t).recipient, hybridKey(t).recipient
	pem := "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n"
	for name, c := range map[string]struct {
		list types.List
		says string
	}{
		"null":                       {types.ListNull(types.StringType), ""},
		"unknown":                    {types.ListUnknown(types.StringType), ""},
		"one":                        {recipientList(good), ""},
		"twice the same":             {recipientList(good, good), ""},
		"an unknown element":         {types.ListValueMust(types.StringType, []attr.Value{types.StringValue("nonsense"), types.StringUnknown()}), ""},
		"a private key":              {recipientList(good, identity.String()), "encrypt_secret_to[1] must be a public key of age (age1…) or SSH (ssh-ed25519 …, ssh-rsa …): it is a private key"},
		"a private key, small":       {recipientList(strings.ToLower(identity.String())), "it is a private key"},
		"a private key, indented":    {recipientList("  " + identity.String() + "\n"), "it is a private key"},
		"a file of a private key":    {recipientList("# public key: " + good + "\n" + identity.String()), "it is a private key"},
		"a post-quantum private key": {recipientList(hybrid.String()), "it is a private key"},
		"a private key of SSH":       {recipientList(pem), "it is a private key"},
		"no key":                     {recipientList("jane@acme.example"), "encrypt_secret_to[0] must be a public key of age (age1…) or SSH (ssh-ed25519 …, ssh-rsa …): it is not a valid key of either kind."},
		"empty":                      {recipientList(""), "it is not a valid key of either kind"},
		"a comment":                  {recipientList("# nobody"), "it is not a valid key of either kind"},
		"two in one text":            {recipientList(good + "\n" + good), "it is not a valid key of either kind"},
		"cut":                        {recipientList(good[:len(good)-1]), "it is not a valid key of either kind"},
		"a key of SSH that is cut":   {recipientList("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI"), "it is not a valid SSH public key"},
		"another kind of SSH key":    {recipientList("ssh-dss AAAAB3NzaC1kc3MAAACBAJ"), "it is not a valid SSH public key"},
		"a plugin's":                 {recipientList("age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"), "it is not a valid key of either kind"},
		"a mixture that age refuses": {recipientList(good, another), "The recipients in encrypt_secret_to cannot be used together"},
		"null in the list":           {types.ListValueMust(types.StringType, []attr.Value{types.StringNull()}), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req := validator.ListRequest{Path: path.Root("encrypt_secret_to"), ConfigValue: c.list}
			var resp validator.ListResponse
			rotation.Recipients().ValidateList(t.Context(), req, &resp)
			said := ""
			for _, d := range resp.Diagnostics {
				said += d.Summary() + ". " + d.Detail()
			}
			if name == "null in the list" {
				if !resp.Diagnostics.HasError() {
					t.Error("a null recipient is accepted")
				}
				return
			}
			if (c.says != "") != resp.Diagnostics.HasError() || !strings.Contains(said, c.says) {
				t.Errorf("says %q", said)
			}
			for _, element := range c.list.Elements() {
				text, isText := element.(types.String)
				if isText && len(text.ValueString()) > 3 && strings.Contains(strings.ToUpper(said), strings.ToUpper(strings.TrimSpace(text.ValueString()))) {
					t.Error("the message repeats what was given")
				}
			}
		})
	}
	v := rotation.Recipients()
	if v.Description(t.Context()) == "" || v.Description(t.Context()) != v.MarkdownDescription(t.Context()) {
		t.Error("the validator is not described")
	}
}

// TestPlanMint: what the plan of a mint promises is what a encrypter then holds.
func TestPlanMint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		to                             types.List
		plainUnknown, encryptedUnknown bool
	}{
		"plain":              {types.ListNull(types.StringType), true, false},
		"encrypted":          {recipientList(x25519Key(t).recipient), false, true},
		"unknown":            {types.ListUnknown(types.StringType), true, true},
		"an unknown element": {types.ListValueMust(types.StringType, []attr.Value{types.StringUnknown()}), true, true},
	} {
		got := rotation.Rotating{EncryptSecretTo: c.to}.PlanMint()
		if got.Plain.IsUnknown() != c.plainUnknown || got.Encrypted.IsUnknown() != c.encryptedUnknown ||
			got.Plain.IsNull() == c.plainUnknown || got.Encrypted.IsNull() == c.encryptedUnknown {
			t.Errorf("%s: plain %s, encrypted %s", name, got.Plain, got.Encrypted)
		}
		if c.plainUnknown && c.encryptedUnknown {
			continue
		}
		s, diags := rotation.NewEncrypter(t.Context(), c.to)
		held, err := s.Store("secret")
		if diags.HasError() || err != nil || !got.Plain.IsUnknown() && !got.Plain.Equal(held.Plain) || !got.Encrypted.IsUnknown() && !got.Encrypted.Equal(held.Encrypted) {
			t.Errorf("%s: the plan promised something else: %v %v", name, diags, err)
		}
	}
}

func TestPlanStored(t *testing.T) {
	t.Parallel()
	none, unknown := types.ListNull(types.StringType), types.ListUnknown(types.StringType)
	mine, yours := recipientList(x25519Key(t).recipient), recipientList(x25519Key(t).recipient)
	plain := rotation.StoredSecret{Plain: types.StringValue("secret"), Encrypted: types.StringNull()}
	encrypted := rotation.StoredSecret{Plain: types.StringNull(), Encrypted: types.StringValue("encrypted")}
	toEncrypt := rotation.StoredSecret{Plain: types.StringNull(), Encrypted: types.StringUnknown()}
	open := rotation.StoredSecret{Plain: types.StringUnknown(), Encrypted: types.StringUnknown()}
	for name, c := range map[string]struct {
		plan, state types.List
		held, want  rotation.StoredSecret
		warns       bool
	}{
		"plain stays plain":             {none, none, plain, plain, false},
		"encrypted stays encrypted":     {mine, mine, encrypted, encrypted, false},
		"plain is encrypted":            {mine, none, plain, toEncrypt, false},
		"plain, recipients unknown":     {unknown, none, plain, open, false},
		"other recipients":              {yours, mine, encrypted, encrypted, true},
		"recipients become unknown":     {unknown, mine, encrypted, encrypted, true},
		"recipients removed":            {none, mine, encrypted, encrypted, true},
		"an import is never encrypted":  {mine, none, rotation.NoSecret(), rotation.NoSecret(), false},
		"an import, recipients changed": {yours, mine, rotation.NoSecret(), rotation.NoSecret(), false},
	} {
		got, diags := rotation.Rotating{EncryptSecretTo: c.plan}.PlanStored(rotation.Rotating{EncryptSecretTo: c.state}, c.held)
		if diff := cmp.Diff(c.want, got); diff != "" || diags.HasError() || diags.WarningsCount() > 0 != c.warns {
			t.Errorf("%s: %v\n%s", name, diags, diff)
		}
	}
}
