package lifecycle_test

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

var (
	_ lifecycle.Verifier                         = namedKind{}
	_ lifecycle.Lender[*namelessModel, toyToken] = namelessKind{}
)

func newNamedEphemeral() ephemeral.EphemeralResource {
	return lifecycle.NewEphemeral[*toyClient, namedLoan](namedNoun(), newNamedKind)
}

// namedLoan is an ephemeral token with a name, which expires by itself.
type namedLoan struct {
	lifecycle.Lent
	lifecycle.LentName
	Note   types.String `tfsdk:"note"`
	Secret types.String `tfsdk:"secret"`
	Shape  types.Object `tfsdk:"shape"`
}

func (*namedLoan) Schema() schema.Schema {
	return schema.Schema{Attributes: lifecycle.EphemeralAttributes(lifecycle.LentArguments(""), lifecycle.LentNameArguments(), map[string]schema.Attribute{
		"note":   schema.StringAttribute{Optional: true},
		"secret": schema.StringAttribute{Computed: true, Sensitive: true},
		"shape":  schema.ObjectAttribute{Computed: true, AttributeTypes: map[string]attr.Type{"sides": types.Int64Type}},
	})}
}

func (m *namedLoan) Token(time.Duration) *namedModel {
	token := &namedModel{Note: m.Note}
	token.NamePrefix = m.NamePrefix
	return token
}

// Show shows a shape that the schema does not know where the note asks for it.
func (m *namedLoan) Show(token *namedModel) {
	m.Name, m.Secret = token.Name, token.Secret
	m.Shape = types.ObjectNull(map[string]attr.Type{"sides": types.Int64Type})
	if token.Note.ValueString() == "misshapen" {
		m.Shape = types.ObjectNull(map[string]attr.Type{"corners": types.BoolType})
	}
}

// Verify implements [lifecycle.Verifier].
func (k namedKind) Verify(ctx context.Context, id string, secret rest.Secret) error {
	return k.client.do(ctx, "verify "+id, func() error {
		for _, t := range k.client.server.tokens {
			if t.Secret == secret.Reveal() && !k.client.server.isExpired(t) {
				return nil
			}
		}
		return refused.error("verify")
	})
}

func newNamelessEphemeral() ephemeral.EphemeralResource {
	return lifecycle.NewEphemeral[*toyClient, namelessLoan](namelessNoun(), newNamelessKind, "account")
}

// namelessLoan is an ephemeral token of an account. It expires when the server wants, and its note says until when it is lent.
type namelessLoan struct {
	lifecycle.Lent
	Account types.String `tfsdk:"account"`
	Secret  types.String `tfsdk:"token"`
}

func (*namelessLoan) Schema() schema.Schema {
	return schema.Schema{Attributes: lifecycle.EphemeralAttributes(lifecycle.LentArguments(""), map[string]schema.Attribute{
		"account": schema.StringAttribute{Required: true},
		"token":   schema.StringAttribute{Computed: true, Sensitive: true},
	})}
}

func (m *namelessLoan) Token(time.Duration) *namelessModel { return &namelessModel{Account: m.Account} }

func (m *namelessLoan) Show(token *namelessModel) { m.Secret = token.Secret }

// lentNote begins the note of a token that is lent.
const lentNote = "lent until "

// Lend implements [lifecycle.Lender].
func (k namelessKind) Lend(plan *namelessModel, until time.Time) {
	plan.Note = types.StringValue(lentNote + rotation.Format(until))
}

// Extend implements [lifecycle.Lender].
func (k namelessKind) Extend(ctx context.Context, id string, until time.Time) error {
	_, err := k.client.change(ctx, "extend", id, func(t *toyToken) { t.Note = lentNote + rotation.Format(until) })
	return err
}

// LentUntil implements [lifecycle.Lender].
func (k namelessKind) LentUntil(row toyToken) *time.Time {
	text, isLent := strings.CutPrefix(row.Note, lentNote)
	until, err := time.Parse(time.RFC3339, text)
	if !isLent || err != nil {
		return nil
	}
	return &until
}
