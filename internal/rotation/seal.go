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

// Held is how a state holds a secret: in plain, or encrypted for the recipients of encrypt_secret_to. An imported token has
// neither.
type Held struct {
	Plain, Sealed types.String
}

// NoSecret is a state that holds none.
func NoSecret() Held { return Held{types.StringNull(), types.StringNull()} }

// Sealer puts secrets into the form in which a state holds them.
type Sealer struct {
	recipients []age.Recipient
}

// NewSealer reads encrypt_secret_to; for a null list it leaves secrets plain. It fails before anything is minted: what it
// returns has been tried.
func NewSealer(ctx context.Context, recipients types.List) (Sealer, diag.Diagnostics) {
	var sealer Sealer
	if recipients.IsNull() {
		return sealer, nil
	}
	var lines []string
	diags := recipients.ElementsAs(ctx, &lines, false)
	if diags.HasError() {
		return sealer, diags
	}
	at := path.Root("encrypt_secret_to")
	for i, line := range lines {
		recipient, err := parseRecipient(line)
		if err != nil {
			diags.AddAttributeError(at.AtListIndex(i), "Invalid recipient", invalidRecipient(at.AtListIndex(i), err))
			return sealer, diags
		}
		sealer.recipients = append(sealer.recipients, recipient)
	}
	if _, err := sealer.seal("trial"); err != nil {
		diags.AddAttributeError(at, "Invalid recipients", "Nothing can be encrypted for the recipients of "+at.String()+": "+err.Error()+".")
	}
	return sealer, diags
}

func invalidRecipient(at path.Path, err error) string {
	return "Attribute " + at.String() + " must be a public key of age (age1…) or SSH (ssh-ed25519 …, ssh-rsa …): " + err.Error() + "."
}

func parseRecipient(line string) (age.Recipient, error) {
	line = strings.TrimSpace(line)
	switch {
	case strings.HasPrefix(line, "ssh-"):
		recipient, err := agessh.ParseRecipient(line)
		if err != nil {
			return nil, errors.New("it is not a public key that SSH writes, such as the line in id_ed25519.pub")
		}
		return recipient, nil
	case strings.Contains(strings.ToUpper(line), "AGE-SECRET-KEY-"), strings.Contains(line, "PRIVATE KEY"):
		// What was given is not repeated in any message.
		return nil, errors.New("it is a private key, which does not belong here: give the public one, and consider this key as leaked")
	}
	recipients, err := age.ParseRecipients(strings.NewReader(line))
	if err != nil || len(recipients) != 1 {
		return nil, errors.New("it cannot be read as one")
	}
	return recipients[0], nil
}

// Hold puts a secret into the form for a state: null and encrypted with recipients, plain without; an empty one is none.
func (s Sealer) Hold(secret string) (Held, error) {
	held := NoSecret()
	if secret == "" {
		return held, nil
	}
	if len(s.recipients) == 0 {
		held.Plain = types.StringValue(secret)
		return held, nil
	}
	sealed, err := s.seal(secret)
	if err != nil {
		return held, fmt.Errorf("the secret could not be encrypted, and is lost: %w", err)
	}
	held.Sealed = types.StringValue(sealed)
	return held, nil
}

// Reseal encrypts a secret that a state has held in plain; what is encrypted already cannot be read, and stays.
func (s Sealer) Reseal(held Held) (Held, error) {
	if held.Plain.ValueString() == "" {
		return held, nil
	}
	return s.Hold(held.Plain.ValueString())
}

func (s Sealer) seal(secret string) (string, error) {
	var text bytes.Buffer
	armored := armor.NewWriter(&text)
	writer, err := age.Encrypt(armored, s.recipients...)
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

// PlanMint plans how the secret of a token that is to be minted stands in the state.
func (m Rotating) PlanMint() Held {
	switch {
	case !isKnownList(m.EncryptSecretTo):
		return Held{types.StringUnknown(), types.StringUnknown()}
	case m.EncryptSecretTo.IsNull():
		return Held{types.StringUnknown(), types.StringNull()}
	}
	return Held{types.StringNull(), types.StringUnknown()}
}

// PlanHeld plans what becomes of a secret that the state holds when only encrypt_secret_to may have changed: one in plain is
// encrypted; one that is encrypted already stays as it is until the next rotation, of which the diagnostics tell.
func (m Rotating) PlanHeld(state Rotating, held Held) (Held, diag.Diagnostics) {
	if m.EncryptSecretTo.Equal(state.EncryptSecretTo) {
		return held, nil
	}
	switch {
	case held.Plain.ValueString() != "" && !isKnownList(m.EncryptSecretTo):
		return Held{types.StringUnknown(), types.StringUnknown()}, nil
	case held.Plain.ValueString() != "" && !m.EncryptSecretTo.IsNull():
		return Held{types.StringNull(), types.StringUnknown()}, nil
	case held.Sealed.ValueString() != "":
		return held, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("encrypt_secret_to"), "The change takes effect with the next rotation",
			"The secret stays encrypted for the previous recipients, because the provider cannot read it. The next rotation encrypts the new secret as encrypt_secret_to says.")}
	}
	return held, nil
}

// Recipients accepts lists that [NewSealer] accepts.
func Recipients() validator.List { return recipients{} }

type recipients struct{}

func (recipients) Description(context.Context) string {
	return "must be public keys of age or SSH for which something can be encrypted together"
}

func (v recipients) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (recipients) ValidateList(ctx context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if req.ConfigValue.IsNull() || !isKnownList(req.ConfigValue) {
		return
	}
	_, diags := NewSealer(ctx, req.ConfigValue)
	resp.Diagnostics.Append(diags...)
}
