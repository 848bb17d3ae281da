package system

import (
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// expiring is a client that may know when the credential expires that it is logged in with. It sends nothing to find out: the time is nil for
// never, and as long as it is not known; the name, which is the vendor's, is empty where it is not known.
type expiring interface {
	Now() time.Time
	CredentialExpiry() (name string, at *time.Time)
}

// WarnOwnCredential warns, once in a run, of a credential of the provider itself that expires within expiry_warning. One that has expired
// cannot log in, and there is nothing to warn of. The clock decides about a warning here, and about nothing that is planned.
func (b *base[C]) WarnOwnCredential(diags *diag.Diagnostics) {
	c := b.connection
	if c == nil {
		return
	}
	client, ok := c.client.(expiring)
	if !ok {
		return
	}
	name, at := client.CredentialExpiry()
	if at == nil || isEphemeral(name) {
		return
	}
	if left := at.Sub(client.Now()); left <= 0 || left > c.ExpiryWarning || !c.FirstNotice("own credential") {
		return
	}
	token := "The token"
	if name != "" {
		token += " " + name
	}
	_, credentials := b.places()
	diags.AddWarning("The provider's own credential for "+c.System.Title+" expires soon",
		token+", which the provider is logged in with, expires at "+at.UTC().Format(time.RFC3339)+". After that no plan and no apply can log in. "+
			"Mint another token, and replace the credentials "+credentials+" before that. Or let the provider rotate the token itself: import it into a resource with overlap, and replace the credentials with those of "+
			"the new token while the previous one still works. The provider's expiry_warning sets how early this warning appears.")
}

// isEphemeral reports a token that was minted for one run, by the name that may have its id in brackets. That it expires soon is what it is for.
func isEphemeral(name string) bool {
	if id := strings.LastIndex(name, " ("); id >= 0 {
		name = name[:id]
	}
	return rotation.IsEphemeralName(name)
}
