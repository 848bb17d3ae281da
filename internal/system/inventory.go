package system

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// Inventory is what a system adds to the inventory of all tokens: those of one noun.
type Inventory struct {
	Noun Noun
	// Vague is set where a list may not tell when a token was last used: that there is no such time does not mean never. HidesUse is set
	// where some servers do not record it, and then no row tells.
	Vague, HidesUse bool
	// Now is the server's time, as far as its answers tell.
	Now func(c *Connection) time.Time
	// List returns what the caller may see, also beside an error. Accounts are those whose tokens nothing but their names leads to. The
	// diagnostics are warnings.
	List func(ctx context.Context, c *Connection, accounts []string) ([]rotation.Facts, diag.Diagnostics, error)
}

// Reason is why there is no client; nil where there is one. Where the block and the environment do not mention the system at all, it is not
// in use.
func (c *Connection) Reason() (problem diag.Diagnostic, isUsed bool) {
	return c.problem, c.problem == nil || c.isUsed
}

// ClientOf is the client of a connection that has one; every system knows the type of its own.
func ClientOf[C any](c *Connection) C {
	client, _ := c.client.(C)
	return client
}

// Detail explains an error about a noun as [base.Failure] does, for a message that is not the error of an object: whoever has the same
// error later still shows it.
func (c *Connection) Detail(noun Noun, err error) string {
	b := base[any]{noun: noun, connection: c}
	return b.detail(err, nil)
}

// Cause names what lies behind an error where that is one fact, whatever was asked: that the system cannot be reached, or does not accept the
// provider's credentials. It is empty for all other errors.
func (c *Connection) Cause(err error) string {
	var e *rest.Error
	if errors.As(err, &e) && (e.Kind == rest.Unreachable || e.Kind == rest.LoginRefused) {
		return fmt.Sprintf("%s %d", c.System.Name, e.Kind)
	}
	return ""
}

// IncompleteList is what is said of a list of which only a part could be read.
func (c *Connection) IncompleteList(noun Noun, err error) (summary, detail string) {
	return fmt.Sprintf("The list of %ss is incomplete", noun.Words), c.Detail(noun, err)
}
