package rotation_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/crypto/ssh"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// encryptedFor encrypts as a resource does.
func encryptedFor(t *testing.T, secret string, keys ...key) string {
	t.Helper()
	stored, err := encrypter(t, keys...).Store(secret)
	if err != nil {
		t.Fatal(err)
	}
	return stored.Encrypted.ValueString()
}

// ageArmored encrypts as age does, for any recipient.
func ageArmored(tb testing.TB, secret string, recipient age.Recipient) string {
	tb.Helper()
	var text bytes.Buffer
	armored := armor.NewWriter(&text)
	writer, err := age.Encrypt(armored, recipient)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err = writer.Write([]byte(secret)); err != nil || writer.Close() != nil || armored.Close() != nil {
		tb.Fatal("cannot encrypt")
	}
	return text.String()
}

func pemText(kind string, content []byte, headers map[string]string) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content, Headers: headers}))
}

func pkcs8(t *testing.T, secret any) string {
	t.Helper()
	content, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return pemText("PRIVATE KEY", content, nil)
}

// indented is a text as a heredoc has it that nobody has told to strip the indentation.
func indented(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }

// TestDecrypt: every kind of identity, in every way in which people write them.
func TestDecrypt(t *testing.T) {
	t.Parallel()
	const secret = "täp-ünïcode/+=\n"
	x, other, hybrid, ed, rsaPair := x25519Key(t), x25519Key(t), hybridKey(t), ed25519Key(t), rsaKey(t, 2048)
	rawRSA, err := ssh.ParseRawPrivateKey([]byte(rsaPair.private))
	if err != nil {
		t.Fatal(err)
	}
	rawEd, err := ssh.ParseRawPrivateKey([]byte(ed.private))
	if err != nil {
		t.Fatal(err)
	}
	secretRSA, isRSA := rawRSA.(*rsa.PrivateKey)
	secretEd, isEd := rawEd.(*ed25519.PrivateKey)
	if !isRSA || !isEd {
		t.Fatalf("%T, %T", rawRSA, rawEd)
	}
	for name, c := range map[string]struct {
		to       key
		identity string
	}{
		"age":                        {x, x.private},
		"age, without an end":        {x, strings.TrimSpace(x.private)},
		"age, a file of age-keygen":  {x, "# created: 2030-01-31T00:00:00Z\n# public key: " + x.recipient + "\n" + x.private},
		"age, ends of Windows":       {x, "# a comment\r\n\r\n" + strings.ReplaceAll(x.private, "\n", "\r\n")},
		"age, post-quantum":          {hybrid, hybrid.private},
		"ssh-ed25519":                {ed, ed.private},
		"ssh-ed25519, PKCS 8":        {ed, pkcs8(t, *secretEd)},
		"ssh-ed25519, indented":      {ed, indented(ed.private)},
		"ssh-ed25519, Windows":       {ed, strings.ReplaceAll(ed.private, "\n", "\r\n")},
		"ssh-rsa":                    {rsaPair, rsaPair.private},
		"ssh-rsa, PKCS 1":            {rsaPair, pemText("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(secretRSA), nil)},
		"ssh-rsa, PKCS 8":            {rsaPair, pkcs8(t, secretRSA)},
		"several, the second of age": {x, other.private + x.private},
		"several, the last of SSH":   {rsaPair, x.private + ed.private + "\n# another\n" + rsaPair.private},
		"several, the first of SSH":  {ed, ed.private + rsaPair.private + hybrid.private},
		"twice the same":             {ed, ed.private + ed.private},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := encryptedFor(t, secret, c.to)
			for _, spelling := range []string{text, strings.TrimSpace(text), "\n\n \t" + text + "\n  \n", strings.ReplaceAll(text, "\n", "\r\n")} {
				got, problem := rotation.Decrypt(types.StringValue(spelling), types.StringValue(c.identity))
				if problem != nil || got != types.StringValue(secret) {
					t.Errorf("%q decrypts to %s, %v", spelling, got, problem)
				}
			}
		})
	}
}

// TestDecrypt_null: a token without a secret, or a run without an identity, is no mistake.
func TestDecrypt_null(t *testing.T) {
	t.Parallel()
	k := x25519Key(t)
	for _, c := range [][2]types.String{
		{types.StringNull(), types.StringValue(k.private)},
		{types.StringValue(encryptedFor(t, "secret", k)), types.StringNull()},
		{types.StringNull(), types.StringNull()},
		{types.StringNull(), types.StringValue("nonsense")},
	} {
		if got, problem := rotation.Decrypt(c[0], c[1]); problem != nil || !got.IsNull() {
			t.Errorf("%s, %v", got, problem)
		}
	}
}

// tampered flips one bit of what an armor holds.
func tampered(t *testing.T, armored string, fromEnd int) string {
	t.Helper()
	block, _ := pem.Decode([]byte(armored))
	if block == nil {
		t.Fatal("no armor")
	}
	block.Bytes[len(block.Bytes)-fromEnd] ^= 1
	return pemText(block.Type, block.Bytes, nil)
}

// TestDecrypt_ciphertext: every mistake in the encrypted secret has its message.
func TestDecrypt_ciphertext(t *testing.T) {
	t.Parallel()
	const secret = "s3cr3t-that-no-message-shows"
	k := x25519Key(t)
	good := encryptedFor(t, secret, k)
	pass, err := age.NewScryptRecipient("correct horse battery staple")
	if err != nil {
		t.Fatal(err)
	}
	pass.SetWorkFactor(10)
	block, _ := pem.Decode([]byte(good))
	const (
		other   = `must be a secret that age has encrypted, beginning with "-----BEGIN AGE ENCRYPTED FILE-----", but it is some other text.`
		damaged = "must be one armored secret and nothing else, but its armor is incomplete, damaged, or has other text around it."
		changed = "must be exactly what age has encrypted, but it has been damaged or changed since."
		private = "must be a secret that age has encrypted, but it is a private key, which belongs in the argument identity"
	)
	for name, c := range map[string]struct{ text, says string }{
		"empty":                  {"", "must be a secret that age has encrypted, but it is empty."},
		"blank":                  {" \n\t\n", "must be a secret that age has encrypted, but it is empty."},
		"plain":                  {secret, other},
		"another armor":          {pemText("PGP MESSAGE", []byte(secret), nil), other},
		"not armored":            {string(block.Bytes[:60]), `must be armored, but it is in the binary format of age.`},
		"an identity":            {k.private, private},
		"a key of SSH":           {ed25519Key(t).private, private},
		"cut in the first line":  {good[:10], other},
		"only the first line":    {armor.Header, damaged},
		"only the two ends":      {armor.Header + "\n" + armor.Footer, changed},
		"cut in the middle":      {good[:len(good)/2], damaged},
		"without the last line":  {strings.TrimSuffix(good, armor.Footer+"\n"), damaged},
		"text before":            {"the secret:\n" + good, damaged},
		"text after":             {good + secret, damaged},
		"two of them":            {good + good, damaged},
		"indented":               {indented(good), damaged},
		"in one line":            {strings.ReplaceAll(good, "\n", " "), damaged},
		"another letter":         {strings.Replace(good, "\nY", "\n!", 1), damaged},
		"an empty line":          {strings.Replace(good, "\nY", "\n\nY", 1), damaged},
		"no age in it":           {pemText("AGE ENCRYPTED FILE", []byte(secret), nil), changed},
		"another body":           {tampered(t, good, 1), changed},
		"another nonce":          {tampered(t, good, len(secret)+16+16), changed},
		"another header":         {tampered(t, good, len(block.Bytes)-len("age-encryption.org/v1\n-> X2551")), "must be the private key of a recipient"},
		"another check value":    {tampered(t, good, len(secret)+16+16+10), changed},
		"cut and armored again":  {pemText("AGE ENCRYPTED FILE", block.Bytes[:len(block.Bytes)-4], nil), changed},
		"for a passphrase":       {ageArmored(t, secret, pass), "must be encrypted for a public key, but it is encrypted with a passphrase."},
		"binary":                 {ageArmored(t, "\xff\xfe"+secret, k.age(t)), "must hold encrypted text in UTF-8, but it holds binary data,"},
		"too long":               {strings.Repeat("x", 1<<20+1), "must not be longer than 1048576 bytes, but it has 1048577"},
		"too long, and armored":  {ageArmored(t, strings.Repeat("x", 1<<20), k.age(t)), "must not be longer than 1048576 bytes, but it has "},
		"as long as is accepted": {strings.Repeat("x", 1<<20), other},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := rotation.EncryptedSecretArgument
			if name == "another header" {
				want = rotation.IdentityArgument
			}
			refused(t, c.text, k.private, want, c.says)
		})
	}
}

// age is the recipient as the library has it.
func (k key) age(t *testing.T) age.Recipient {
	t.Helper()
	recipients, err := age.ParseRecipients(strings.NewReader(k.recipient))
	if err != nil {
		t.Fatal(err)
	}
	return recipients[0]
}

// refused fails the test unless decrypting fails with this argument's fault, and in words that show nothing of what was given.
func refused(t *testing.T, encrypted, identity, argument, says string) {
	t.Helper()
	got, problem := rotation.Decrypt(types.StringValue(encrypted), types.StringValue(identity))
	if problem == nil || !got.IsNull() {
		t.Fatalf("it decrypts to %s", got)
	}
	if problem.Argument != argument || !strings.HasPrefix(problem.Text, says) {
		t.Errorf("%s %s", problem.Argument, problem.Text)
	}
	if strings.HasSuffix(problem.Text, ".") || strings.Contains(problem.Text, "\n") {
		t.Errorf("Terraform adds the full stop: %q", problem.Text)
	}
	for _, line := range strings.Split(encrypted+"\n"+identity, "\n") {
		line = strings.TrimSpace(line)
		if len(line) > 8 && !strings.HasPrefix(line, "-----") && strings.Contains(problem.Text, line) {
			t.Errorf("the message shows %q", line)
		}
	}
}

// TestDecrypt_identity: so does every mistake in the identity.
func TestDecrypt_identity(t *testing.T) {
	t.Parallel()
	x, other, hybrid, ed, rsaPair := x25519Key(t), x25519Key(t), hybridKey(t), ed25519Key(t), rsaKey(t, 2048)
	_, secretEd, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	protected, err := ssh.MarshalPrivateKeyWithPassphrase(secretEd, "", []byte("correct horse battery staple"))
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	const (
		none     = "must be an age private key (AGE-SECRET-KEY-1…) or an SSH private key (ed25519 or RSA), but it is empty"
		is       = "must be an age or SSH private key, but line 1 is "
		third    = "must be an age or SSH private key, but line 3 is "
		begins   = "the beginning of a private key "
		age1     = "an age public key. Set identity to the matching private key"
		sshLine  = "an SSH public key. Set identity to the matching private key"
		cut      = "an age private key that is damaged or incomplete."
		plugin   = "an identity of an age plugin, and the provider does not run plugins."
		locked   = begins + "that is protected by a passphrase."
		broken   = begins + "that is damaged or incomplete."
		unusable = begins + "that cannot be used: it is damaged, or it is neither an ed25519 nor an RSA key"
		ciphered = "must be an identity, but it is itself encrypted with age."
		nonsense = "neither."
	)
	good := encryptedFor(t, "secret", x)
	locks := map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00000000000000000000000000000000"}
	for name, c := range map[string]struct{ identity, says string }{
		"empty":                         {"", none},
		"blank":                         {" \n\t", none},
		"comments alone":                {"# created: today\n# public key: " + x.recipient, none},
		"a recipient":                   {x.recipient, is + age1},
		"a recipient after a good one":  {x.private + "\n" + x.recipient, third + age1},
		"a post-quantum recipient":      {hybrid.recipient, is + age1},
		"a plugin's recipient":          {"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t", is + age1},
		"a public key of SSH":           {ed.recipient + " jane@laptop", is + sshLine},
		"a public RSA key of SSH":       {rsaPair.recipient, is + sshLine},
		"a public key of another kind":  {"ecdsa-sha2-nistp256 AAAAE2VjZHNh", is + sshLine},
		"a public key in PEM":           {pemText("PUBLIC KEY", []byte("of no use at all"), nil), is + "the beginning of a public key."},
		"a public key as RFC 4716":      {"---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n", is + sshLine},
		"a plugin":                      {"AGE-PLUGIN-YUBIKEY-1QYPQXZQFPJQ5QG5QJ", is + plugin},
		"an identity that is cut":       {strings.TrimSpace(x.private)[:40], is + cut},
		"an identity in small letters":  {strings.ToLower(x.private), is + cut},
		"two identities in one line":    {strings.ReplaceAll(x.private+x.private, "\n", " "), is + cut},
		"a damaged one before a good":   {"\n\nAGE-SECRET-KEY-1\n" + x.private, third + cut},
		"a passphrase":                  {string(pem.EncodeToMemory(protected)), is + locked},
		"a passphrase, after a comment": {"# mine\n\n" + string(pem.EncodeToMemory(protected)) + x.private, third + locked},
		"a passphrase, PKCS 1":          {pemText("RSA PRIVATE KEY", []byte("0123456789abcdef"), locks), is + locked},
		"a passphrase, PKCS 8":          {pemText("ENCRYPTED PRIVATE KEY", []byte("0123456789abcdef"), nil), is + locked},
		"an encrypted identity file":    {good, ciphered},
		"the same in binary":            {"age-encryption.org/v1\n-> scrypt", ciphered},
		"ECDSA":                         {openSSH(t, curve), is + unusable},
		"ECDSA, PKCS 8":                 {pkcs8(t, curve), is + unusable},
		"a key of SSH, no key":          {pemText("OPENSSH PRIVATE KEY", []byte("0123456789abcdef"), nil), is + unusable},
		"a certificate":                 {pemText("CERTIFICATE", []byte("0123456789abcdef"), nil), is + unusable},
		"a key of SSH, cut":             {ed.private[:len(ed.private)/2], is + broken},
		"a key of SSH, in one line":     {strings.ReplaceAll(ed.private, "\n", " "), is + broken},
		"a key of SSH, escaped":         {strings.ReplaceAll(ed.private, "\n", `\n`), is + broken},
		"cut, before a good one":        {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n" + ed.private, is + broken},
		"a password":                    {"hunter2hunter2", is + nonsense},
		"a file's name":                 {"~/.ssh/id_ed25519", is + nonsense},
		"a control character":           {"\x00", is + nonsense},
		"too long":                      {strings.Repeat("#", 1<<20+1), "must not be longer than 1048576 bytes, but it has 1048577"},
		"another identity": {
			other.private,
			"must be the private key of a recipient of the secret, but the identity given is not. The secret is encrypted for recipients of these kinds: age1…. A change of encrypt_secret_to",
		},
		"other identities": {
			other.private + ed.private + hybrid.private,
			"must be the private key of a recipient of the secret, but none of the 3 identities given is. The secret is encrypted for",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refused(t, good, c.identity, rotation.IdentityArgument, c.says)
		})
	}
}

// foreign is a recipient of a kind that this provider does not know.
type foreign string

func (f foreign) Wrap([]byte) ([]*age.Stanza, error) { return []*age.Stanza{{Type: string(f)}}, nil }

// TestDecrypt_recipientKinds: a message says for which kinds of recipients a secret is encrypted, without what others may have written
// there.
func TestDecrypt_recipientKinds(t *testing.T) {
	t.Parallel()
	mine := x25519Key(t).private
	const kinds = "must be the private key of a recipient of the secret, but the identity given is not. The secret is encrypted for recipients of these kinds: "
	ed := ed25519Key(t)
	for want, text := range map[string]string{
		"age1…, ssh-ed25519, ssh-rsa.": encryptedFor(t, "secret", ed, rsaKey(t, 2048), x25519Key(t), ed),
		"age1pq1….":                    encryptedFor(t, "secret", hybridKey(t), hybridKey(t)),
		"another kind (a plugin).":     ageArmored(t, "secret", foreign("piv-p256")),
	} {
		refused(t, text, mine, rotation.IdentityArgument, kinds+want)
	}
	refused(t, ageArmored(t, "secret", foreign("x-grease")), mine, rotation.IdentityArgument, "must be the private key of a recipient of the secret, but")
}

// FuzzDecrypt: whatever is given, the answer is a secret or a problem of one of the two arguments, which shows nothing of them.
func FuzzDecrypt(f *testing.F) {
	const identity = "AGE-SECRET-KEY-1EKYFFCK627939WTZMTT4ZRS2PM3U2K7PZ3MVGEL2M76W3PYJMSHQMTT6SS"
	parsed, err := age.ParseX25519Identity(identity)
	if err != nil {
		f.Fatal(err)
	}
	text := ageArmored(f, "secret", parsed.Recipient())
	if got, problem := rotation.Decrypt(types.StringValue(text), types.StringValue(identity)); problem != nil || got != types.StringValue("secret") {
		f.Fatalf("what the fuzzing starts from decrypts to %s, %v", got, problem)
	}
	f.Add(text, identity)
	f.Add(text, "# a comment\n"+identity+"\n")
	f.Add(text, "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n")
	f.Add(text, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMBsCAQA=\n-----END RSA PRIVATE KEY-----\n")
	f.Add(armor.Header+"\n"+armor.Footer, parsed.Recipient().String())
	f.Add("", "AGE-PLUGIN-YUBIKEY-1QYPQX")
	f.Fuzz(func(t *testing.T, encrypted, identity string) {
		secret, problem := rotation.Decrypt(types.StringValue(encrypted), types.StringValue(identity))
		if problem == nil {
			if secret.IsNull() || secret.IsUnknown() {
				t.Error("neither a secret nor a problem")
			}
			return
		}
		if !secret.IsNull() || problem.Text == "" || problem.Argument != rotation.EncryptedSecretArgument && problem.Argument != rotation.IdentityArgument {
			t.Errorf("%s: %q, with %s", problem.Argument, problem.Text, secret)
		}
		for _, given := range []string{encrypted, identity} {
			if len(given) > 20 && !strings.Contains(armor.Header+armor.Footer, given) && strings.Contains(problem.Text, given) {
				t.Errorf("%q shows what was given", problem.Text)
			}
		}
	})
}
