package lifecycle_test

import (
	"context"
	"strings"
	"time"

	frameworkaction "github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Lists and actions on tokens with names know their tokens with all that lists can tell; those of tokens without names are vague.

func listingOf(noun system.Noun, isVague bool) lifecycle.Listing[toyToken] {
	return lifecycle.Listing[toyToken]{Noun: noun, Vague: isVague, Facts: factsOf, Advise: func(error) []string { return []string{"Ask for the right to list."} }}
}

// factsOf is what a list tells. Tokens of the region "platform" are the server's own, and a scope may be a status.
func factsOf(t toyToken) rotation.Facts {
	facts := rotation.Facts{ID: t.ID, Name: t.Name, Description: t.Note, CreatedAt: &t.Created, ExpiresAt: t.Expiry, Platform: t.Region == "platform", Owner: t.Team}
	if t.Used {
		facts.LastUsedAt = &t.Created
	}
	if t.Scope == rotation.StatusExpired {
		facts.Status = t.Scope
	}
	return facts
}

// selectFrom is the list of an account, of which only a part may be read.
func selectFrom(ctx context.Context, c *toyClient, account string, isFresh bool) ([]toyToken, error) {
	read := c.lists.Get
	if isFresh {
		read = c.lists.Refresh
	}
	all, err := read(ctx, account, c.fetch(account))
	if shows := c.server.Shows; err == nil && shows > 0 && shows < len(all) {
		return all[:shows], unavailable.error("list")
	}
	return all, err
}

func scopeArgument() map[string]schema.Attribute {
	return map[string]schema.Attribute{"scope": lifecycle.TextArgument("Only tokens with this scope.")}
}

// namedQuery is the list block of tokens with names.
type namedQuery struct {
	rotation.Audit
	lifecycle.Listed
	Scope types.String `tfsdk:"scope"`

	client *toyClient
}

func newNamedList() list.ListResource {
	return lifecycle.NewList[namedQuery](listingOf(namedNoun(), false), lifecycle.Listable[*toyClient, toyToken](newNamedTokens()))
}

func (*namedQuery) Schema() listschema.Schema {
	return listschema.Schema{Attributes: lifecycle.ListArguments(rotation.AuditArguments(), lifecycle.ListedArguments(), scopeArgument())}
}

func (m *namedQuery) List(ctx context.Context, r lifecycle.Reading[*toyClient]) ([]toyToken, error) {
	if m.client = r.Client; r.Client.server.Notice != "" {
		r.Diags.AddWarning(r.Client.server.Notice, "The server says so.")
	}
	return selectFrom(ctx, r.Client, "", false)
}

func (m *namedQuery) Passes(t toyToken, _ time.Time) bool {
	return m.Scope.IsNull() || t.Scope == m.Scope.ValueString()
}

func (m *namedQuery) Identify(t toyToken) map[string]string {
	m.client.identified++
	return map[string]string{"id": t.ID}
}

// namelessQuery is the list block of tokens without names.
type namelessQuery struct {
	rotation.BaseAudit
	lifecycle.Listed
	Account types.String `tfsdk:"account"`
}

func newNamelessList() list.ListResource {
	return lifecycle.NewList[namelessQuery](listingOf(namelessNoun(), true), lifecycle.Listable[*toyClient, toyToken](newNamelessTokens()))
}

func (*namelessQuery) Schema() listschema.Schema {
	return listschema.Schema{Attributes: lifecycle.ListArguments(rotation.BaseAuditArguments(), lifecycle.ListedArguments(), map[string]schema.Attribute{
		"account": schema.StringAttribute{Required: true},
	})}
}

func (m *namelessQuery) List(ctx context.Context, r lifecycle.Reading[*toyClient]) ([]toyToken, error) {
	return selectFrom(ctx, r.Client, m.Account.ValueString(), false)
}

func (*namelessQuery) Passes(toyToken, time.Time) bool { return true }

func (*namelessQuery) Identify(t toyToken) map[string]string {
	return map[string]string{"account": t.Account, "id": t.ID}
}

// namedBulk is what both actions on tokens with names select them by.
type namedBulk struct {
	rotation.Audit
	lifecycle.Bulk
	Scope types.String `tfsdk:"scope"`
}

func (*namedBulk) arguments() map[string]schema.Attribute {
	return lifecycle.Attributes(rotation.AuditArguments(), lifecycle.BulkArguments(), scopeArgument())
}

func (m *namedBulk) List(ctx context.Context, r lifecycle.Reading[*toyClient]) ([]toyToken, error) {
	return selectFrom(ctx, r.Client, "", true)
}

func (m *namedBulk) Passes(t toyToken, _ time.Time) bool {
	return m.Scope.IsNull() || t.Scope == m.Scope.ValueString()
}

func isOwn(c *toyClient, t toyToken) bool { return t.ID == c.server.Own }

// namedRevocation revokes tokens one by one.
type namedRevocation struct{ namedBulk }

func (m *namedRevocation) Schema() actionschema.Schema {
	return actionschema.Schema{Attributes: lifecycle.ActionArguments(m.arguments())}
}

func newRevokeNamed() frameworkaction.Action {
	return lifecycle.NewBulkAction[namedRevocation](lifecycle.BulkAction[*toyClient, *namedRevocation, toyToken]{
		Listing: listingOf(namedNoun(), false), Name: "revoke_named_tokens", Verb: system.Revoke, Done: "revoked", Filters: []string{"scope"}, IsOwn: isOwn,
		Act: func(ctx context.Context, c *toyClient, _ *namedRevocation, rows []toyToken) error {
			return c.delete(ctx, rows[0].ID)
		},
	})
}

// namedNoting sets the note of tokens, two at a time. A note may be forbidden, and one that is set already is left alone.
type namedNoting struct {
	namedBulk
	Note types.String `tfsdk:"note"`
}

func (m *namedNoting) Schema() actionschema.Schema {
	return actionschema.Schema{Attributes: lifecycle.ActionArguments(m.arguments(), map[string]schema.Attribute{"note": schema.StringAttribute{Required: true}})}
}

func newNoteNamed() frameworkaction.Action {
	return lifecycle.NewBulkAction[namedNoting](lifecycle.BulkAction[*toyClient, *namedNoting, toyToken]{
		Listing: listingOf(namedNoun(), false), Name: "note_named_tokens", Verb: system.Expire, Done: "noted", Filters: []string{"scope"}, IsOwn: isOwn,
		Check: func(_ *toyClient, m *namedNoting) diag.Diagnostic {
			switch m.Note.ValueString() {
			case "forbidden":
				return diag.NewErrorDiagnostic("A note that is forbidden", "Nothing was sent.")
			case "warn me":
				return diag.NewWarningDiagnostic("A note to be warned of", "It will be set.")
			}
			return nil
		},
		IsDone: func(_ *toyClient, m *namedNoting, t toyToken) bool { return t.Note == m.Note.ValueString() },
		Batch:  2,
		Act: func(ctx context.Context, c *toyClient, m *namedNoting, rows []toyToken) error {
			ids := make([]string, len(rows))
			for i, row := range rows {
				ids[i] = row.ID
			}
			return c.do(ctx, "note "+strings.Join(ids, "+"), func() error {
				for _, id := range ids {
					_, _ = c.server.change(id, func(t *toyToken) { t.Note = m.Note.ValueString() })
				}
				return nil
			})
		},
	})
}

// inventoryOf is what the tokens with names add to the inventory, with an error beside the rows.
func inventoryOf(w *toy, err error) system.Inventory {
	return lifecycle.NewInventory(listingOf(namedNoun(), false), func(_ context.Context, r lifecycle.Reading[*toyClient], accounts []string) ([]toyToken, error) {
		r.Diags.AddWarning("Listed on "+r.Run.System.Title+" for "+strings.Join(accounts, ", "), "")
		return w.tokens, err
	})
}
