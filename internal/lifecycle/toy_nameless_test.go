package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// namelessModel is a token of an account, without a name; the server decides how long it lives.
type namelessModel struct {
	lifecycle.Token
	Account types.String `tfsdk:"account"`
	// Note is set in a request of its own, after the token is minted.
	Note   types.String `tfsdk:"note"`
	Secret types.String `tfsdk:"token"`
}

func (m *namelessModel) SecretAttribute() *types.String { return &m.Secret }

// namelessKind is the kind of these tokens: the answer to a creation is the secret, and perhaps the id.
type namelessKind struct {
	client *toyClient
	run    *system.Connection
}

var (
	_ lifecycle.Kind[*namelessModel, toyToken]     = namelessKind{}
	_ lifecycle.Connector[*namelessModel]          = namelessKind{}
	_ lifecycle.Changer[*namelessModel, toyToken]  = namelessKind{}
	_ lifecycle.Doubter[*namelessModel, toyToken]  = namelessKind{}
	_ lifecycle.Finisher[*namelessModel, toyToken] = namelessKind{}
	_ lifecycle.Marker[toyToken]                   = namelessKind{}
	_ lifecycle.Importer                           = namelessKind{}
	_ lifecycle.Warner                             = namelessKind{}
)

func (k namelessKind) Server(m *namelessModel) lifecycle.Server[toyToken] {
	if k.client == nil {
		return lifecycle.Server[toyToken]{}
	}
	account := m.Account.ValueString()
	s := toyLists(k.client, account, func(ctx context.Context, _ string) (func(), error) { return k.client.locks.Lock(ctx, account) })
	s.Seen = func() map[string]bool { return k.client.idsSeen(account) }
	s.UnknownAt = func() *time.Time { return k.client.unknown(account) }
	s.NoteUnknown = func(at time.Time) { k.client.noteUnknown(account, at) }
	return s
}

func (k namelessKind) Connect(ctx context.Context, _ *namelessModel) error {
	return k.client.login(ctx)
}

func (k namelessKind) Arguments() lifecycle.Arguments {
	return lifecycle.Arguments{Replaced: []string{"account"}}
}

func (k namelessKind) Prepare(_ context.Context, plan *namelessModel, _ string) (lifecycle.Request[toyToken], diag.Diagnostics) {
	return lifecycle.Request[toyToken]{
		Send: func(ctx context.Context) (lifecycle.Answer[toyToken], error) {
			made, err := k.client.create(ctx, toyToken{Account: plan.Account.ValueString()})
			if err != nil {
				return lifecycle.Answer[toyToken]{}, err
			}
			answer := secretOf(made)
			if k.client.server.TellsID {
				answer.ID = made.ID
			}
			if wrong := k.client.server.TellsWrong; wrong != "" {
				answer.ID = wrong
			}
			return answer, nil
		},
	}, nil
}

// secretOf is an answer that tells the secret alone.
func secretOf(t toyToken) lifecycle.Answer[toyToken] {
	return lifecycle.Answer[toyToken]{Secret: rest.NewSecret(t.Secret)}
}

func (k namelessKind) FromAPI(m *namelessModel, row toyToken) { m.Note = textOrNull(row.Note) }

func (k namelessKind) Change(ctx context.Context, state, plan *namelessModel, _ rotation.Record) (lifecycle.Change[toyToken], diag.Diagnostics, error) {
	var change lifecycle.Change[toyToken]
	if plan.Note.Equal(state.Note) {
		return change, nil, nil
	}
	row, err := k.note(ctx, state.ID.ValueString(), plan)
	if err == nil {
		change.Row = &row
	}
	return change, nil, err
}

func (k namelessKind) note(ctx context.Context, id string, plan *namelessModel) (toyToken, error) {
	return k.client.change(ctx, "change", id, func(t *toyToken) {
		t.Note, t.Mark = k.client.server.normalized(plan.Note.ValueString()), ""
	})
}

func (k namelessKind) Finish(ctx context.Context, _, plan *namelessModel, row toyToken) (toyToken, diag.Diagnostics, error) {
	switch k.client.server.Finishes {
	case "warning":
		return row, diag.Diagnostics{diag.NewWarningDiagnostic("Finished in part", "The server says so.")}, nil
	case "error":
		return row, diag.Diagnostics{diag.NewErrorDiagnostic("Not finished", "The server says so.")}, nil
	}
	if plan.Note.IsNull() && row.Mark == "" {
		return row, nil, nil
	}
	finished, err := k.note(ctx, row.ID, plan)
	if err != nil {
		return row, nil, err
	}
	return finished, nil, nil
}

func (k namelessKind) Mark(ctx context.Context, row toyToken, series string) toyToken {
	marked, err := k.client.change(ctx, "mark", row.ID, func(t *toyToken) { t.Mark = series })
	if err != nil {
		return row
	}
	return marked
}

func (k namelessKind) IsMarked(row toyToken, series string) bool { return row.Mark == series }

// IsOwnCredential implements [lifecycle.Kind]: only the secret tells.
func (k namelessKind) IsOwnCredential(_ string, _ *toyToken, secret string) bool {
	return secret != "" && secret == "secret-"+k.client.server.Own
}

func (k namelessKind) AbsenceUnproven(context.Context, []toyToken, *namelessModel, string) error {
	return k.client.server.Doubt
}

// ImportID implements [lifecycle.Importer]: an id is "<account>/<id>", and must be one that a list shows if it is to be looked up.
func (k namelessKind) ImportID(ctx context.Context, id string) (map[string]string, diag.Diagnostic, error) {
	account, rest, isPair := strings.Cut(id, "/")
	switch {
	case account == "unreachable":
		return nil, nil, errors.New("the account could not be looked up")
	case !isPair:
		return nil, diag.NewErrorDiagnostic("Invalid import ID", `It must be "<account>/<id>".`), ctx.Err()
	}
	return map[string]string{"account": account, "id": rest}, nil, nil
}

func (k namelessKind) Warn(diags *diag.Diagnostics) { warnToy(k.client, k.run, diags) }
