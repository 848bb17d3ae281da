package lifecycle_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// namedModel is a token with a unique name and a lifetime of the caller's choice.
type namedModel struct {
	lifecycle.Token
	lifecycle.Named
	// Note changes in place, a scope and a team need a new token, a region another resource.
	Note   types.String `tfsdk:"note"`
	Scope  types.String `tfsdk:"scope"`
	Team   types.String `tfsdk:"team"`
	Region types.String `tfsdk:"region"`
	Owner  types.String `tfsdk:"owner"`
	Secret types.String `tfsdk:"secret"`
}

func (m *namedModel) SecretAttribute() *types.String { return &m.Secret }

// namedKind is the kind of these tokens. It implements every optional interface but those for tokens without names.
type namedKind struct {
	client *toyClient
	run    *system.Connection
}

var (
	_ lifecycle.Kind[*namedModel, toyToken]     = namedKind{}
	_ lifecycle.Planner[*namedModel]            = namedKind{}
	_ lifecycle.Checker[*namedModel]            = namedKind{}
	_ lifecycle.Refuser[*namedModel]            = namedKind{}
	_ lifecycle.Connector[*namedModel]          = namedKind{}
	_ lifecycle.Changer[*namedModel, toyToken]  = namedKind{}
	_ lifecycle.Ender                           = namedKind{}
	_ lifecycle.Doubter[*namedModel, toyToken]  = namedKind{}
	_ lifecycle.Adviser[toyToken]               = namedKind{}
	_ lifecycle.Inferrer[*namedModel, toyToken] = namedKind{}
	_ lifecycle.Foreseer[*namedModel]           = namedKind{}
	_ lifecycle.Warner                          = namedKind{}
)

func (k namedKind) Server(*namedModel) lifecycle.Server[toyToken] {
	if k.client == nil {
		return lifecycle.Server[toyToken]{}
	}
	s := toyLists(k.client, "", func(ctx context.Context, name string) (func(), error) { return k.client.locks.Lock(ctx, name) })
	if k.client.server.StandsIn {
		s.StandIn = func(name string) string { return "called " + name }
		s.Delete = k.deleteCalled
	}
	return s
}

// deleteCalled deletes a token by its id, or by what stands in for that.
func (k namedKind) deleteCalled(ctx context.Context, id string) error {
	name, isStandIn := strings.CutPrefix(id, "called ")
	if !isStandIn {
		return k.client.delete(ctx, id)
	}
	all, err := k.client.lists.Refresh(ctx, "", k.client.fetch(""))
	if err != nil {
		return err
	}
	for _, row := range all {
		if row.Name == name {
			return k.client.delete(ctx, row.ID)
		}
	}
	return &lifecycle.Hidden{Reason: "No list shows the token.", Advice: func(name string) string { return "Ask for " + name + "." }}
}

// toyLists are the lists of an account.
func toyLists(c *toyClient, account string, lock func(context.Context, string) (func(), error)) lifecycle.Server[toyToken] {
	return lifecycle.Server[toyToken]{
		Tenant: c.server.Tenant, Login: c.user, Anonymous: c.server.Anonymous, Now: c.server.Now, Sleep: c.sleep, Row: c.server.row, Lock: lock,
		List:    func(ctx context.Context) ([]toyToken, error) { return c.lists.Get(ctx, account, c.fetch(account)) },
		Recent:  func(ctx context.Context) ([]toyToken, error) { return c.lists.Recent(ctx, account, c.fetch(account)) },
		Refresh: func(ctx context.Context) ([]toyToken, error) { return c.lists.Refresh(ctx, account, c.fetch(account)) },
		Memo:    func(all []toyToken) *rest.Memo { return c.lists.Memo(account, all) },
		Delete:  c.delete,
	}
}

func (s *toyServer) row(t toyToken) lifecycle.Row {
	s.mu.Lock()
	defer s.mu.Unlock()
	row := lifecycle.Row{ID: t.ID, Name: t.Name, CreatedAt: &t.Created, Expiry: t.Expiry, Within: s.Precision, Expired: s.isExpired(t), Used: t.Used}
	if s.HidesCreation {
		row.CreatedAt = nil
	}
	return row
}

func (k namedKind) Connect(ctx context.Context, _ *namedModel) error { return k.client.login(ctx) }

// movesExpiry reports whether the server changes an expiry in place; without a client it does not.
func (k namedKind) movesExpiry() bool { return k.client != nil && k.client.server.MovesExpiry }

func (k namedKind) Arguments() lifecycle.Arguments {
	arguments := lifecycle.Arguments{
		Replaced: []string{"region"}, Renewed: []string{"name", "scope", "team"}, Kept: []string{"scope", "team"}, Fixed: []string{"team"},
	}
	if k.client != nil {
		arguments.Within = k.client.server.Precision
	}
	if !k.movesExpiry() {
		arguments.Renewed = append(arguments.Renewed, "expires_at")
	}
	return arguments
}

func (k namedKind) PlanKeep(p lifecycle.Planning[*namedModel]) {
	p.Plan.Owner = p.State.Owner
	if k.movesExpiry() && p.Config.ExpiresAt.IsNull() && !p.Config.Lifetime.IsNull() && (lifecycle.EditsLifetime(p) || p.Record.ExpiryMoved) {
		p.Plan.ExpiresAt = rotation.UnknownTime()
	}
}

func (k namedKind) PlanNext(p lifecycle.Planning[*namedModel]) { p.Plan.Owner = p.State.Owner }

// Check warns of what every plan of a new token with this note should say.
func (k namedKind) Check(_ context.Context, p lifecycle.Planning[*namedModel], action rotation.Action) diag.Diagnostics {
	if p.Plan.Note.ValueString() != "warn me" || action == rotation.Keep {
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("note"), "A note to be warned of", "It will be minted.")}
}

// Refuse refuses to follow a token with this note, and only to replace one with the other.
func (k namedKind) Refuse(config, _ *namedModel, action rotation.Action) diag.Diagnostics {
	if note := config.Note.ValueString(); note == "the last one" || note == "not replaced" && action == rotation.Replace {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("note"), "A token that none may follow", "Its note says so.")}
	}
	return nil
}

func (k namedKind) Prepare(_ context.Context, plan *namedModel, name string) (lifecycle.Request[toyToken], diag.Diagnostics) {
	if plan.Note.ValueString() == "unspeakable" {
		return lifecycle.Request[toyToken]{}, diag.Diagnostics{diag.NewErrorDiagnostic("A note that cannot be sent", "Nothing was sent.")}
	}
	asked := toyToken{
		Name: name, Note: plan.Note.ValueString(), Scope: plan.Scope.ValueString(), Team: plan.Team.ValueString(), Region: plan.Region.ValueString(),
		Expiry: rotation.Instant(plan.ExpiresAt),
	}
	lifetime, _ := rotation.Duration(plan.Lifetime)
	return lifecycle.Request[toyToken]{
		Name: name, Lifetime: lifetime,
		Send: func(ctx context.Context) (lifecycle.Answer[toyToken], error) {
			if lifetime > 0 && plan.ExpiresAt.IsUnknown() {
				end := k.client.server.Now().Add(lifetime)
				asked.Expiry = &end
			}
			made, err := k.client.create(ctx, asked)
			if err != nil {
				return lifecycle.Answer[toyToken]{}, err
			}
			answer := secretOf(made)
			answer.Expiry = asked.Expiry
			switch s := k.client.server; {
			case s.AnswersRow:
				answer.Row = &made
			case s.TellsID:
				answer.ID = made.ID
			}
			return answer, nil
		},
		IsOwn: func(row toyToken) bool { return asked.Scope == "" && row.Scope == "all" || row.Scope == asked.Scope },
	}, nil
}

func (k namedKind) FromAPI(m *namedModel, row toyToken) {
	m.Note, m.Scope, m.Team = textOrNull(row.Note), types.StringValue(row.Scope), textOrNull(row.Team)
	m.Owner = types.StringValue(k.client.server.Login)
}

func textOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func (k namedKind) Infer(m *namedModel, row toyToken) { m.Region = textOrNull(row.Region) }

func (k namedKind) Change(ctx context.Context, state, plan *namedModel, record rotation.Record) (lifecycle.Change[toyToken], diag.Diagnostics, error) {
	var change lifecycle.Change[toyToken]
	if plan.Note.ValueString() == "forbidden" {
		return change, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("note"), "A note that is forbidden", "Nothing was sent.")}, nil
	}
	isMoved := k.movesExpiry() && !plan.ExpiresAt.Equal(state.ExpiresAt)
	if !isMoved && plan.Note.Equal(state.Note) {
		return change, nil, nil
	}
	if isMoved {
		change.MovedExpiry, change.Requested = true, rotation.Instant(plan.ExpiresAt)
		lifetime, isSet := rotation.Duration(plan.Lifetime)
		switch {
		case !plan.ExpiresAt.IsUnknown():
		case plan.Lifetime.Equal(state.Lifetime):
			change.Requested = record.GrantedExpiry
		case isSet:
			end := rotation.Instant(state.CreatedAt).Add(lifetime)
			change.Requested = &end
		}
	}
	s := k.client.server
	row, err := k.client.change(ctx, "change", state.ID.ValueString(), func(t *toyToken) {
		t.Note = s.normalized(plan.Note.ValueString())
		if isMoved {
			t.Expiry = s.kept(change.Requested)
		}
	})
	if err == nil {
		change.Row = &row
	}
	return change, nil, err
}

func (k namedKind) Ends() bool { return k.client != nil && k.client.server.ExpiresPrevious }

func (k namedKind) EndAt(ctx context.Context, id string, at time.Time) error {
	_, err := k.client.change(ctx, "end", id, func(t *toyToken) { t.Expiry = &at })
	return err
}

func (k namedKind) IsOwnCredential(id string, _ *toyToken, _ string) bool {
	return id != "" && id == k.client.server.Own
}

func (k namedKind) AbsenceUnproven(context.Context, []toyToken, *namedModel, string) error {
	return k.client.server.Doubt
}

func (k namedKind) Advise(context.Context, lifecycle.Request[toyToken], []toyToken, error) []string {
	return []string{"Ask the administrator of the toy."}
}

// Foresee warns of more tokens than the server allows.
func (k namedKind) Foresee(_ context.Context, _ *namedModel, tokens int) diag.Diagnostic {
	if limit := k.client.server.Limit; limit > 0 && tokens > limit {
		return diag.NewWarningDiagnostic("Too many toys", fmt.Sprintf("There would be %d.", tokens))
	}
	return nil
}

func (k namedKind) Warn(diags *diag.Diagnostics) { warnToy(k.client, k.run, diags) }

func warnToy(c *toyClient, run *system.Connection, diags *diag.Diagnostics) {
	if notice := c.server.Notice; notice != "" && run.FirstNotice(notice) {
		diags.AddWarning(notice, "The server says so.")
	}
}
