package lifecycle

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// FailEncryption makes the encryption of every secret fail that is minted from now on, although it was tried before.
func (r *Resource[C, M, P, R]) FailEncryption() {
	tried := r.newEncrypter
	r.newEncrypter = func(ctx context.Context, recipients types.List) (encrypter, diag.Diagnostics) {
		e, diags := tried(ctx, recipients)
		return failing{e}, diags
	}
}

type failing struct{ encrypter }

func (failing) Store(string) (rotation.StoredSecret, error) {
	return rotation.NoSecret(), errors.New("the machine has no random numbers left")
}
