package rotation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// StoredSecret is how a state holds a secret: in plain, or encrypted for the recipients of encrypt_secret_to. An imported token has
// neither.
type StoredSecret struct {
	Plain, Encrypted types.String
}

// NoSecret is a state that holds none.
func NoSecret() StoredSecret { return StoredSecret{types.StringNull(), types.StringNull()} }

// Encrypter puts secrets into the form in which a state holds them.
type Encrypter struct {
	recipients []age.Recipient
}

// NewEncrypter reads encrypt_secret_to; for a null list it leaves secrets plain. It fails before anything is minted: what it
// returns has been tried.
func NewEncrypter(ctx context.Context, recipients types.List) (Encrypter, diag.Diagnostics) {
	var encrypter Encrypter
	if recipients.IsNull() {
		return encrypter, nil
	}
	var lines []string
	diags := recipients.ElementsAs(ctx, &lines, false)
	if diags.HasError() {
		return encrypter, diags
	}
	at := path.Root("encrypt_secret_to")
	for i, line := range lines {
		recipient, err := parseRecipient(line)
		if err != nil {
			diags.AddAttributeError(at.AtListIndex(i), "Invalid recipient", invalidRecipient(at.AtListIndex(i), err))
			return encrypter, diags
		}
		encrypter.recipients = append(encrypter.recipients, recipient)
	}
	if _, err := encrypter.encrypt("trial"); err != nil {
		diags.AddAttributeError(at, "Invalid recipients", "The recipients in "+at.String()+" cannot be used together: "+err.Error()+".")
	}
	return encrypter, diags
}

func invalidRecipient(at path.Path, err error) string {
	return "Attribute " + at.String() + " must be a public key of age (age1…) or SSH (ssh-ed25519 …, ssh-rsa …): " + err.Error() + "."
}

func parseRecipient(line string) (age.Recipient, error) {
	line = strings.TrimSpace(line)
	switch {
	case len(line) > keyLimit:
		return nil, fmt.Errorf("it is longer than %d bytes, and so longer than any key that age-keygen or ssh-keygen makes", keyLimit)
	case strings.HasPrefix(line, "ssh-"):
		recipient, err := agessh.ParseRecipient(line)
		if err != nil {
			return nil, errors.New("it is not a valid SSH public key, such as the line in id_ed25519.pub")
		}
		return recipient, nil
	case strings.Contains(strings.ToUpper(line), "AGE-SECRET-KEY-"), strings.Contains(line, "PRIVATE KEY"):
		// What was given is not repeated in any message.
		return nil, errors.New("it is a private key, which does not belong here. Set the public key instead, and treat the private key as leaked")
	}
	recipients, err := age.ParseRecipients(strings.NewReader(line))
	if err != nil || len(recipients) != 1 {
		return nil, errors.New("it is not a valid key of either kind")
	}
	return recipients[0], nil
}

// Store puts a secret into the form for a state: null and encrypted with recipients, plain without; an empty one is none.
func (e Encrypter) Store(secret string) (StoredSecret, error) {
	stored := NoSecret()
	if secret == "" {
		return stored, nil
	}
	if len(e.recipients) == 0 {
		stored.Plain = types.StringValue(secret)
		return stored, nil
	}
	encrypted, err := e.encrypt(secret)
	if err != nil {
		return stored, fmt.Errorf("the secret could not be encrypted, and is lost: %w", err)
	}
	stored.Encrypted = types.StringValue(encrypted)
	return stored, nil
}

// EncryptStored encrypts a secret that a state has in plain; what is encrypted already cannot be read, and stays.
func (e Encrypter) EncryptStored(stored StoredSecret) (StoredSecret, error) {
	if stored.Plain.ValueString() == "" {
		return stored, nil
	}
	return e.Store(stored.Plain.ValueString())
}

func (e Encrypter) encrypt(secret string) (string, error) {
	var text bytes.Buffer
	armored := armor.NewWriter(&text)
	writer, err := age.Encrypt(armored, e.recipients...)
	if err != nil {
		return "", err
	}
	if _, err = writer.Write([]byte(secret)); err == nil {
		err = writer.Close()
	}
	if err == nil {
		err = armored.Close()
	}
	return text.String(), err
}

// isKnownList reports whether a list and all its elements are known.
func isKnownList(list types.List) bool {
	if list.IsUnknown() {
		return false
	}
	for _, element := range list.Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return true
}

// PlanMint plans how the secret of a token that is to be minted is stored in the state.
func (m Rotating) PlanMint() StoredSecret {
	switch {
	case !isKnownList(m.EncryptSecretTo):
		return StoredSecret{types.StringUnknown(), types.StringUnknown()}
	case m.EncryptSecretTo.IsNull():
		return StoredSecret{types.StringUnknown(), types.StringNull()}
	}
	return StoredSecret{types.StringNull(), types.StringUnknown()}
}

// PlanStored plans what becomes of a secret that the state holds when only encrypt_secret_to may have changed: one in plain is
// encrypted; one that is encrypted already stays as it is until the next rotation, of which the diagnostics tell.
func (m Rotating) PlanStored(state Rotating, stored StoredSecret) (StoredSecret, diag.Diagnostics) {
	if m.EncryptSecretTo.Equal(state.EncryptSecretTo) {
		return stored, nil
	}
	switch {
	case stored.Plain.ValueString() != "" && !isKnownList(m.EncryptSecretTo):
		return StoredSecret{types.StringUnknown(), types.StringUnknown()}, nil
	case stored.Plain.ValueString() != "" && !m.EncryptSecretTo.IsNull():
		return StoredSecret{types.StringNull(), types.StringUnknown()}, nil
	case stored.Encrypted.ValueString() != "":
		return stored, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("encrypt_secret_to"), "The change takes effect with the next rotation",
			"The secret stays encrypted for the previous recipients, because the provider cannot read it. The next rotation encrypts the new secret for the recipients in encrypt_secret_to.")}
	}
	return stored, nil
}

// Recipients accepts lists that [NewEncrypter] accepts.
func Recipients() validator.List { return recipients{} }

type recipients struct{}

func (recipients) Description(context.Context) string {
	return "must be age or SSH public keys that can be used together"
}

func (v recipients) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (recipients) ValidateList(ctx context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if req.ConfigValue.IsNull() || !isKnownList(req.ConfigValue) {
		return
	}
	_, diags := NewEncrypter(ctx, req.ConfigValue)
	resp.Diagnostics.Append(diags...)
}
