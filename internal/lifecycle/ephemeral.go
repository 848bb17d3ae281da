package lifecycle

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// EphemeralModel is the configuration and the result of an ephemeral token: a pointer to a struct E that embeds [Lent]. P is the model of the
// noun's resource, because both are the same kind of token.
type EphemeralModel[E any, P Model] interface {
	*E
	Loan() *Lent
	Schema() schema.Schema
	// Token is what is to be minted, as far as the configuration says.
	Token(lifetime time.Duration) P
	// Show takes in the token that was minted, with its secret.
	Show(token P)
}

// The optional interfaces of a kind whose tokens are also lent.
type (
	// Verifier logs in with a secret that was just minted, and forgets the login.
	Verifier interface {
		Verify(ctx context.Context, id string, secret rest.Secret) error
	}
	// Lender is a kind whose tokens have no names, or no expiry of the provider's choice, so that something else marks those that were lent,
	// and until when.
	Lender[P Model, R any] interface {
		// Lend marks a token that is to be minted, and Extend one that is lent.
		Lend(plan P, until time.Time)
		Extend(ctx context.Context, id string, until time.Time) error
		// LentUntil is until when a token is lent; nil where it is not an ephemeral one.
		LentUntil(row R) *time.Time
	}
)

// Ephemeral is the ephemeral resource of a [Kind]: a token that is minted in Open and revoked in Close.
type Ephemeral[C, E, M any, L EphemeralModel[E, P], P ModelOf[M], R any] struct {
	system.EphemeralBase[C]
	kind func(client C, run *system.Connection) Kind[P, R]
	// handle are the attributes that lead to a token besides its id.
	handle []string
}

// NewEphemeral returns the ephemeral resource of a noun. The kind is that of its resource; besides the id, the attributes of the handle say
// whose the token is.
func NewEphemeral[C, E, M any, L EphemeralModel[E, P], P ModelOf[M], R any](noun system.Noun, kind func(C, *system.Connection) Kind[P, R], handle ...string) *Ephemeral[C, E, M, L, P, R] {
	noun.Words = "ephemeral " + noun.Words
	return &Ephemeral[C, E, M, L, P, R]{system.NewEphemeralBase[C](noun), kind, handle}
}

// Schema implements [ephemeral.EphemeralResource].
func (*Ephemeral[C, E, M, L, P, R]) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = L(new(E)).Schema()
}

// lentToken is what Renew and Close know of a token, in private data. It holds no secret.
type lentToken struct {
	ID       string            `json:"id"`
	Name     string            `json:"name,omitempty"`
	Lifetime time.Duration     `json:"lifetime"`
	Handle   map[string]string `json:"handle,omitempty"`
	// MintedAt and Until are when it was minted and when it expires, by the server's clock.
	MintedAt time.Time `json:"minted_at"`
	Until    time.Time `json:"until"`
	// Marked is set where the server shows the mark by which the next run knows a token that was left behind, where names do not tell.
	Marked bool `json:"marked,omitempty"`
	// Hidden is set where no list shows the token, so that nothing can revoke it.
	Hidden bool `json:"hidden,omitempty"`
}

const lentKey = "token"

// Open implements [ephemeral.EphemeralResource]. Whatever fails after the mint, the token is revoked before the error is returned:
// Terraform does not close what did not open.
func (e *Ephemeral[C, E, M, L, P, R]) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	m := L(new(E))
	if resp.Diagnostics.Append(req.Config.Get(ctx, m)...); resp.Diagnostics.HasError() {
		return
	}
	lifetime := m.Loan().lifetime(e.Guardrails().MaxLifetime)
	// Also where nothing is minted: so a plan says already what the apply would refuse.
	if resp.Diagnostics.Append(e.Guardrails().Check(guardedLoan(lifetime))...); resp.Diagnostics.HasError() {
		return
	}
	if !m.Loan().isMinted() {
		resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
		return
	}
	client, ok := e.Client(system.Applying, &resp.Diagnostics)
	if !ok {
		return
	}
	plan := m.Token(lifetime)
	handle := map[string]string{}
	var account []string
	for _, attribute := range e.handle {
		handle[attribute] = rotation.Text(plan, attribute)
		account = append(account, handle[attribute])
	}
	l := e.loan(client, plan, lifetime)
	token, lent, ok := l.mint(ctx, plan, strings.Join(account, "/"), m.Loan(), &resp.Diagnostics)
	if !ok {
		return
	}
	lent.Handle = handle
	m.Loan().show(token)
	m.Show(token)
	resp.Diagnostics.Append(resp.Result.Set(ctx, m)...)
	resp.Diagnostics.Append(lent.save(ctx, resp.Private)...)
	if l.renews() && !lent.Hidden {
		resp.RenewAt = e.renewAt(lent.Lifetime)
	}
	if ctx.Err() != nil {
		resp.Diagnostics.Append(e.Failure(system.Mint, errors.New("the run was interrupted")))
	}
	if resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(l.giveUp(ctx, lent)...)
	}
}

// loan is the loan of a token with a client.
func (e *Ephemeral[C, E, M, L, P, R]) loan(client C, m P, lifetime time.Duration) loan[P, R] {
	kind := e.kind(client, e.Connection())
	return loan[P, R]{kind: kind, server: kind.Server(m), report: &e.EphemeralBase, lifetime: lifetime}
}

// renewAt is when half of a lifetime is over, by the clock that Terraform goes by.
func (e *Ephemeral[C, E, M, L, P, R]) renewAt(lifetime time.Duration) time.Time {
	return e.Connection().LocalNow().Add(lifetime / 2)
}

// retryRenewal is how soon a renewal that has failed is tried again, at the least.
const retryRenewal = 5 * time.Second

// Renew implements [ephemeral.EphemeralResourceWithRenew], for systems whose tokens can be extended. Terraform shows nothing of a renewal
// that fails, and asks for no other after an error. So it is tried again while the token lives, and Close says what came of it.
func (e *Ephemeral[C, E, M, L, P, R]) Renew(ctx context.Context, req ephemeral.RenewRequest, resp *ephemeral.RenewResponse) {
	l, lent, ok := e.opened(ctx, req.Private, &resp.Diagnostics)
	if !ok || !l.renews() {
		return
	}
	now := l.server.Now()
	until := now.Add(lent.Lifetime)
	if limit := e.Guardrails().MaxLifetime; limit > 0 && until.After(lent.MintedAt.Add(limit)) {
		until = lent.MintedAt.Add(limit)
	}
	if !until.After(lent.Until) {
		return
	}
	if err := l.extend(ctx, lent.ID, until); err != nil {
		e.Connection().Note(lentKey+lent.ID, err.Error())
		if left := lent.Until.Sub(now); left > 0 {
			resp.RenewAt = e.renewAt(max(left/2, 2*retryRenewal))
		}
		return
	}
	e.Connection().Note(lentKey+lent.ID, "")
	lent.Until = until
	resp.Diagnostics.Append(lent.save(ctx, resp.Private)...)
	resp.RenewAt = e.renewAt(until.Sub(now))
}

// save stores what is known of the token in private data.
func (t lentToken) save(ctx context.Context, private rotation.PrivateWriter) diag.Diagnostics {
	// Nothing in it can fail to be JSON.
	encoded, _ := json.Marshal(t)
	return private.SetKey(ctx, lentKey, encoded)
}

// Close implements [ephemeral.EphemeralResourceWithClose].
func (e *Ephemeral[C, E, M, L, P, R]) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	l, lent, ok := e.opened(ctx, req.Private, &resp.Diagnostics)
	if !ok {
		return
	}
	if problem := e.Connection().Noted(lentKey + lent.ID); problem != "" {
		resp.Diagnostics.Append(l.notExtended(lent, problem))
	}
	err := l.server.Delete(context.WithoutCancel(ctx), lent.ID)
	switch hidden := asHidden(err); {
	case err == nil:
	case hidden != nil && lent.Hidden:
		// Open has said so.
	default:
		resp.Diagnostics.Append(l.alive(lent, lent.String(), err))
	}
}

// opened is the token that an Open has minted; false where it has minted none.
func (e *Ephemeral[C, E, M, L, P, R]) opened(ctx context.Context, private rotation.PrivateReader, diags *diag.Diagnostics) (loan[P, R], lentToken, bool) {
	var lent lentToken
	var none loan[P, R]
	encoded, more := private.GetKey(ctx, lentKey)
	diags.Append(more...)
	if encoded == nil || more.HasError() {
		return none, lent, false
	}
	if err := json.Unmarshal(encoded, &lent); err != nil {
		diags.AddError("Provider bug: the private data of an ephemeral token cannot be read", err.Error())
		return none, lent, false
	}
	client, ok := e.Client(system.Applying, diags)
	if !ok {
		return none, lent, false
	}
	m := P(new(M))
	rotation.SetText(m, "id", lent.ID)
	rotation.SetText(m, "name", lent.Name)
	for attribute, text := range lent.Handle {
		if text != "" {
			rotation.SetText(m, attribute, text)
		}
	}
	return e.loan(client, m, lent.Lifetime), lent, true
}

// String names the token for a message.
func (t lentToken) String() string { return called(t.Name, t.ID) }

// called is how a message calls a token. A server's text shows no more than text.
func called(name, id string) string {
	if name == "" || name == id {
		return rest.Visible(id)
	}
	return rest.Visible(name) + " (" + rest.Visible(id) + ")"
}
