package api

import (
	"errors"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestClient_refusedLoginIsFitToBeShown: the text of a refusal in a success reaches the terminal without the password, in whatever form, and
// without what a terminal obeys.
func TestClient_refusedLoginIsFitToBeShown(t *testing.T) {
	t.Parallel()
	c, h := connect(t, Credential{Username: "u", Password: rest.NewSecret("h&t/2")})
	h.set("POST /login", `{"error": "\u001b[31mno: h&t/2, h%26t%2F2, hunter\u202e"}`)
	err := c.Ready(t.Context())
	var e *rest.Error
	if want := `\x1b[31mno: (sensitive value), (sensitive value), hunter\u202e`; !errors.As(err, &e) || e.Kind != rest.LoginRefused || e.Message != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
