// Package lifecycle is one life of a token, written once: minted, found again, changed, rotated with an overlap, revoked,
// imported. What is particular about a vendor's kind of token is a [Kind]; everything else happens here.
package lifecycle

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// Token is what the models of all tokens share, to be embedded in them.
type Token struct {
	ID        types.String          `tfsdk:"id"`
	CreatedAt rotation.TimeText     `tfsdk:"created_at"`
	ExpiresAt rotation.TimeText     `tfsdk:"expires_at"`
	Status    types.String          `tfsdk:"status"`
	Overlap   rotation.DurationText `tfsdk:"overlap"`
	rotation.Rotating
	rotation.Previous
}

// Shared implements [Model] for what embeds it.
func (t *Token) Shared() *Token { return t }

// Named is what the models of tokens with names and a lifetime of the caller's choice share besides.
type Named struct {
	Name       types.String          `tfsdk:"name"`
	NamePrefix types.String          `tfsdk:"name_prefix"`
	Lifetime   rotation.DurationText `tfsdk:"lifetime"`
}

// Names makes a model one with a name.
func (n *Named) Names() *Named { return n }

// Model is the state, the plan and the configuration of a token: a pointer to a struct that embeds [Token].
type Model interface {
	Shared() *Token
	// SecretAttribute is the attribute that holds the secret in plain text, under the vendor's own word.
	SecretAttribute() *types.String
}

// ModelOf is the constraint for the struct that a [Model] points to.
type ModelOf[M any] interface {
	*M
	Model
}

// clone copies a model; the values in it never change.
func clone[M any, P ModelOf[M]](m P) P {
	c := *m
	return &c
}

// namesOf returns the names of a model; nil for tokens without.
func namesOf(m Model) *Named {
	if named, ok := m.(interface{ Names() *Named }); ok {
		return named.Names()
	}
	return nil
}

// nameOf returns the name of a model; empty where there is none.
func nameOf(m Model) string {
	if named := namesOf(m); named != nil {
		return named.Name.ValueString()
	}
	return ""
}

// seriesID is what leads to the next generation of a token: its id or, until that is known, its name.
func seriesID(m Model) string {
	if id := m.Shared().ID.ValueString(); id != "" {
		return id
	}
	return nameOf(m)
}

// subject names the token of a model for a message.
func subject(m Model) string {
	id, name := m.Shared().ID.ValueString(), nameOf(m)
	switch {
	case name == "" && id == "":
		return "without a known id"
	case name == "":
		return id
	case id == "":
		return name
	}
	return name + " (" + id + ")"
}

// storedSecret is how a model stores the current secret.
func storedSecret(m Model) rotation.StoredSecret {
	return rotation.StoredSecret{Plain: *m.SecretAttribute(), Encrypted: m.Shared().EncryptedSecret}
}

func setSecret(m Model, stored rotation.StoredSecret) {
	*m.SecretAttribute(), m.Shared().EncryptedSecret = stored.Plain, stored.Encrypted
}

// Row is what the life of a token needs to know of one that a server lists.
type Row struct {
	// ID identifies the token; Name is empty where tokens have none.
	ID, Name string
	// CreatedAt is nil where the server does not tell.
	CreatedAt *time.Time
	// Expiry is nil for never, and where the server does not tell. Within is how exactly it tells: a minute, a day; 0 stands
	// for a second.
	Expiry *time.Time
	Within time.Duration
	// Expired reports that the expiry has surely passed, by the server's own word or by its dates.
	Expired bool
	// Used reports that somebody uses the token.
	Used bool
	// Owner is whose it is, in a list that may show the tokens of several owners; empty where it does not tell.
	Owner string
}

// expiresAt reports whether the server's expiry may be a moment.
func (r Row) expiresAt(at *time.Time) bool {
	if at == nil || r.Expiry == nil {
		return at == nil && r.Expiry == nil
	}
	within := max(r.Within, time.Second)
	late := at.Sub(*r.Expiry)
	// A day stands for the whole of it, and not for the hours before.
	return late > -min(within, time.Minute) && late < within || late == within && within > time.Minute
}

// take takes in what every row tells. What it does not tell stays as it is known.
func take(m Model, row Row) {
	t := m.Shared()
	t.ID = types.StringValue(row.ID)
	if named := namesOf(m); named != nil {
		named.Name = types.StringValue(row.Name)
	}
	switch {
	case row.CreatedAt == nil && t.CreatedAt.IsUnknown():
		t.CreatedAt = rotation.TimeText{}
	case row.CreatedAt != nil && (!isKnown(t.CreatedAt) || !rotation.SameInstant(rotation.Instant(t.CreatedAt), row.CreatedAt)):
		t.CreatedAt = rotation.TimeValue(row.CreatedAt)
	}
	// The text of the configuration stays as long as it means the same moment.
	if t.ExpiresAt.IsUnknown() || !row.expiresAt(rotation.Instant(t.ExpiresAt)) {
		t.ExpiresAt = rotation.TimeValue(row.Expiry)
	}
	t.Status = types.StringValue(rotation.StatusActive)
	if row.Expired {
		t.Status = types.StringValue(rotation.StatusExpired)
	}
}

func isKnown(v interface {
	IsNull() bool
	IsUnknown() bool
},
) bool {
	return !v.IsNull() && !v.IsUnknown()
}

// Request asks for one token.
type Request[R any] struct {
	// Name is the name that the token gets, unique among its owner's; empty where tokens have none.
	Name string
	// Expiry and Lifetime are what was asked for; nil and 0 for nothing. Expiry is set after Send where it follows from the lifetime.
	Expiry   *time.Time
	Lifetime time.Duration
	// Send sends the request, once. An error for which [rest.MayHaveExecuted] is true leaves open whether a token was made.
	Send func(context.Context) (Answer[R], error)
	// IsOwn reports whether a token was made to the letter of the request; when it was made is not its business.
	IsOwn func(R) bool
	// Adopt, where it is set, takes over this run's own token whose answer was lost: it gets its secret. Without it that token is
	// deleted, and another one minted. What it answers is kept also beside an error.
	Adopt func(ctx context.Context, own R) (Answer[R], error)
}

// Answer is what the answer to a request told.
type Answer[R any] struct {
	Secret rest.Secret
	// Row is nil where the answer does not describe the token.
	Row *R
	// ID is the token's id where the answer tells it although it does not describe the token.
	ID string
	// Expiry is the expiry that was sent; nil for none.
	Expiry *time.Time

	// before is the list that was read before the request.
	before []R
	// known are the ids that lists had shown before the request, where the token has no name: it has none of them.
	known map[string]bool
}

// Server is where the tokens of one owner are listed and deleted.
type Server[R any] struct {
	// Tenant and Login are where and as whom; they tell this owner's tokens from others'. Login, where it is set, tells who that is once
	// an answer has told: until then it is empty.
	Tenant string
	Login  func() string
	// Noun is what messages call what is listed here; empty stands for "token".
	Noun string
	// Anonymous is set where the list is the caller's own, and the login may not tell who that is: then the other tokens that it shows do.
	Anonymous bool
	// Now is the server's clock. Sleep waits for a time, or until the context ends.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
	// Row reads a row.
	Row func(R) Row
	// StandIn, where it is set, is what a state knows a token of a name by as long as no list shows it, in place of its id: the server
	// may not list everything that it mints for this owner.
	StandIn func(name string) string
	// List is the run's one list; Recent one that is young enough to compare a later one with; Refresh one that begins after the call.
	List, Recent, Refresh func(context.Context) ([]R, error)
	// Announce, where it is set, says that a mint is about to be sent whose token a list has to show: a Refresh of others waits a moment for that of
	// this one, which must get the context that is returned. It ends with that Refresh, or when it is withdrawn.
	Announce func(context.Context) (announced context.Context, withdraw func())
	// Memo, where it is set, is what readers of a list remember about it; nil where it is not one that they share.
	Memo func(all []R) *rest.Memo
	// Seen, where it is set, are the ids that any list has shown in this run, in a map of the caller's own.
	Seen func() map[string]bool
	// UnknownAt, where it is set, is when a mint of this run may last have made a token without a name that no list has shown; NoteUnknown
	// remembers such a moment.
	UnknownAt   func() *time.Time
	NoteUnknown func(at time.Time)
	// Lock keeps two mints of this process apart that could take each other's token for their own.
	Lock func(ctx context.Context, name string) (unlock func(), err error)
	// Delete deletes a token; nil only if it is surely gone.
	Delete func(ctx context.Context, id string) error
}

// login is as whom the provider is logged in; empty where that is not known.
func (s Server[R]) login() string {
	if s.Login == nil {
		return ""
	}
	return s.Login()
}

// find returns the row of an id; nil where there is none.
func (s Server[R]) find(all []R, id string) *R {
	if id == "" {
		return nil
	}
	if row := s.byID(all, id); row != nil || s.StandIn == nil {
		return row
	}
	for i := range all {
		if s.is(s.Row(all[i]), id) {
			return &all[i]
		}
	}
	return nil
}

// is reports whether a row is that of an id, or of its substitute.
func (s Server[R]) is(row Row, id string) bool {
	return row.ID == id || s.StandIn != nil && row.Name != "" && s.StandIn(row.Name) == id
}

// isAlive reports whether a list shows a token that has not expired.
func (s Server[R]) isAlive(all []R, id string) bool {
	row := s.find(all, id)
	return row != nil && !s.Row(*row).Expired
}

// Kind is what is particular about one kind of token on one vendor. Where only some have a thing, it is one of the optional
// interfaces below. A kind is made for one call; while planning it may be without a client.
type Kind[P Model, R any] interface {
	// Server is where the token of a model is listed.
	Server(m P) Server[R]
	// Prepare makes the request for a planned token under a name; nothing has been sent yet.
	Prepare(ctx context.Context, plan P, name string) (Request[R], diag.Diagnostics)
	// FromAPI takes in what a row tells beside what every row tells.
	FromAPI(m P, row R)
	// Arguments are the arguments that decide about a plan.
	Arguments() Arguments
	// IsOwnCredential reports whether the provider is logged in with a token: the row is nil where no list shows it, and the
	// secret empty where it is not known.
	IsOwnCredential(id string, row *R, secret string) bool
}

// Arguments names a kind's own arguments by what a change of them does.
type Arguments struct {
	// Replaced always replace the resource; Renewed need a new token, which an overlap gives in place.
	Replaced, Renewed []string
	// Fixed never change on the server: where it shows one differently than it was asked for, that is its spelling, and no drift.
	Fixed []string
	// Kept stay as the token has them where the configuration leaves them out; among them are attributes that are only computed and never
	// change, such as an owner.
	Kept []string
	// Cleared are cleared on the server where the configuration leaves them out, which a server may refuse to do.
	Cleared []string
	// Within is how exactly the server keeps an expiry; 0 stands for a second.
	Within time.Duration
}

// Planning is a plan in the making.
type Planning[P Model] struct {
	Config, Plan P
	// State is nil for a token that is to be created.
	State  P
	Record rotation.Record
}

// The optional interfaces of a kind.
type (
	// Planner completes plans beyond the shared rules.
	Planner[P Model] interface {
		// PlanKeep completes the plan of a token that stays, PlanNext that of one that is minted in place of the state's.
		PlanKeep(p Planning[P])
		PlanNext(p Planning[P])
	}
	// Checker refuses or warns of plans. With Terraform's own rules about errors in plans in mind, an error is for what the
	// configuration asks for.
	Checker[P Model] interface {
		Check(ctx context.Context, p Planning[P], action rotation.Action) diag.Diagnostics
	}
	// Refuser refuses a token that must not follow the state's, by a replacement or in place, for what the configuration leaves out. The errors
	// are warnings in a plan where time or the server brings the token to its end; then the apply fails before anything is sent.
	Refuser[P Model] interface {
		Refuse(config, state P, action rotation.Action) diag.Diagnostics
	}
	// Unlimited is a kind of token whose configuration may ask for one that never expires; null where it does not say.
	Unlimited[P Model] interface {
		NeverExpires(m P) types.Bool
	}
	// Connector tries the credential while it is still a plan.
	Connector[P Model] interface {
		Connect(ctx context.Context, plan P) error
	}
	// Changer changes a token in place. The row is nil where nothing had to be sent; Requested is set where an expiry was. With an
	// error, as an error or among the diagnostics, the state stays as it was but for what the row shows.
	Changer[P Model, R any] interface {
		Change(ctx context.Context, state, plan P, record rotation.Record) (Change[R], diag.Diagnostics, error)
	}
	// Finisher completes a token that has just been minted with what a creation cannot say.
	Finisher[P Model, R any] interface {
		Finish(ctx context.Context, m, plan P, row R) (R, diag.Diagnostics, error)
	}
	// Marker marks the token that a rotation has minted until it is done, where tokens have no names that would tell.
	Marker[R any] interface {
		// Mark returns the row with its mark; one that could not be marked is no failure.
		Mark(ctx context.Context, row R, series string) R
		IsMarked(row R, series string) bool
	}
	// Ender has the server expire the previous generation by itself.
	Ender interface {
		Ends() bool
		EndAt(ctx context.Context, id string, at time.Time) error
	}
	// Doubter says why a list that lacks a token does not prove that the token is gone; nil if it does. A list that cannot show the
	// token to anybody with this credential is [Hidden].
	Doubter[P Model, R any] interface {
		AbsenceUnproven(ctx context.Context, all []R, m P, id string) error
	}
	// Adviser says what can be done about a request that was refused.
	Adviser[R any] interface {
		Advise(ctx context.Context, request Request[R], all []R, err error) []string
	}
	// Foreseer says what the server would refuse of a token that is planned to be minted, or nil: what the configuration cannot tell, and lists
	// can. It goes by what is known of the plan, and is said once in a run, by its summary. Tokens is how many the owner would have then, with
	// all others that are planned; 0 where tokens have no names.
	Foreseer[P Model] interface {
		Foresee(ctx context.Context, plan P, tokens int) diag.Diagnostic
	}
	// Importer reads an import id into the attributes that identify the token, or says what is wrong with it.
	Importer interface {
		ImportID(ctx context.Context, id string) (map[string]string, diag.Diagnostic, error)
	}
	// Inferrer fills in, after an import, arguments that the row tells.
	Inferrer[P Model, R any] interface {
		Infer(m P, row R)
	}
	// Completer completes the state of an imported token: a plan may tell what the import left open, which is then no change.
	Completer[P Model] interface {
		Complete(ctx context.Context, state, plan P)
	}
	// Warner warns of what every call of the kind should say.
	Warner interface {
		Warn(diags *diag.Diagnostics)
	}
)

// Change is what became of a change in place.
type Change[R any] struct {
	// Row is the token as the server shows it afterwards; nil where nothing had to be sent.
	Row *R
	// MovedExpiry is set where another expiry was asked for: Requested, nil for never.
	MovedExpiry bool
	Requested   *time.Time
}

// at is the path of an attribute.
func at(name string) path.Path { return path.Root(name) }
