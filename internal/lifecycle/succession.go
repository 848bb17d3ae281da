package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// target is where an apply puts what it makes: the answer of a create or an update.
type target struct {
	verb     system.Verb
	state    *tfsdk.State
	private  rotation.PrivateWriter
	diags    *diag.Diagnostics
	identify func(ctx context.Context, m Model) diag.Diagnostics
}

// save stores a state with its identity and its record.
func (t target) save(ctx context.Context, m Model, record *rotation.Record) {
	record.ForgetEarlier(knownIDs(m, *record)...)
	t.diags.Append(rotation.WriteModel(ctx, m, t.state.Schema, &t.state.Raw)...)
	t.diags.Append(t.identify(ctx, m)...)
	t.diags.Append(record.Save(ctx, t.private)...)
}

// succession is a token that is minted: after another one whose place it takes, or as the first of its series.
type succession[P Model] struct {
	config, plan P
	// asked is the plan without what nobody asked for.
	asked P
	// state is nil for the first of a series; its secrets are stored as the plan wants them already. In stored they are as they were.
	state     P
	stored    P
	record    rotation.Record
	reason    rotation.Reason
	encrypter encrypter
	warning   time.Duration
}

// encrypter puts secrets into the form in which a state stores them; see [rotation.Encrypter].
type encrypter interface {
	Store(secret string) (rotation.StoredSecret, error)
	EncryptStored(held rotation.StoredSecret) (rotation.StoredSecret, error)
}

// mint mints a planned token. Whatever fails before the answer leaves everything as it was; the state is saved in the statement
// after the answer; whatever fails after that is pending until an apply succeeds.
func (l life[M, P, R]) mint(ctx context.Context, s succession[P], to target) {
	if connector, ok := l.kind.(Connector[P]); ok {
		// The login comes first: its answer tells the server's time, from which a lifetime is counted.
		if err := connector.Connect(ctx, s.plan); err != nil {
			to.diags.Append(l.report.Failure(to.verb, err))
			return
		}
	}
	if to.diags.Append(l.refuse(ctx, s)...); to.diags.HasError() {
		return
	}
	request, diags := l.kind.Prepare(ctx, s.asked, l.nameFor(s))
	if to.diags.Append(diags...); to.diags.HasError() {
		return
	}
	var current *R
	if s.state != nil {
		var ok bool
		if current, ok = l.prepareRotation(ctx, &s, to); !ok {
			return
		}
	}
	var next P
	var record rotation.Record
	var answer Answer[R]
	row, err := l.mintOnce(ctx, s, request, func(a Answer[R]) {
		answer = a
		next, record = l.follow(ctx, s, request, a, current, to)
		to.save(ctx, next, &record)
	})
	switch {
	case err != nil && next == nil:
		to.diags.Append(l.report.Failure(to.verb, err, l.advise(ctx, s, request, err)...))
		if s.state != nil && request.Name == "" && rest.MayHaveExecuted(err) {
			l.noteUnknown(ctx, s, to)
		}
		return
	case err != nil && l.server.StandIn != nil:
		l.standIn(ctx, s, next, &record, answer, err, to)
		to.save(ctx, next, &record)
		return
	case err != nil:
		l.leaveUnidentified(ctx, s, request, answer, next, err, to)
		return
	}
	l.complete(ctx, s, next, &record, answer, *row, to)
	to.diags.Append(l.endPrevious(ctx, next, current)...)
	to.save(ctx, next, &record)
}

// nameFor is the name of the token that is minted; empty where tokens have none. The name of a next generation follows from the
// previous token, so that an interrupted rotation can be found.
func (l life[M, P, R]) nameFor(s succession[P]) string {
	names := namesOf(s.asked)
	switch {
	case names == nil:
		return ""
	case !names.Name.IsUnknown():
		return names.Name.ValueString()
	case s.state == nil:
		return rotation.NewName(names.NamePrefix.ValueString())
	}
	return rotation.NextName(names.NamePrefix.ValueString(), seriesID(s.state))
}

// prepareRotation refuses a rotation that would revoke the token that the provider is logged in with: afterwards nothing might tell
// any more that it is that. It deletes what an interrupted rotation has left behind, also where that is pending already: it may have
// the very name that the next token gets. It returns the token that gives way as the server shows it.
func (l life[M, P, R]) prepareRotation(ctx context.Context, s *succession[P], to target) (*R, bool) {
	all, err := l.server.Recent(ctx)
	if err != nil {
		to.diags.Append(l.report.Failure(to.verb, fmt.Errorf("nothing was rotated, because the tokens that exist could not be listed first: %w", err)))
		return nil, false
	}
	if l.server.isSettling(s.record.UnknownAt) {
		to.diags.Append(l.report.Failure(to.verb, errors.New("nothing was rotated, because an earlier rotation may have minted a token a moment ago. The list may show that token only now, and the provider could mistake it for the new one. Apply again in two minutes")))
		return nil, false
	}
	current := l.server.find(all, s.state.Shared().ID.ValueString())
	if s.reason == rotation.ReasonMissing && current != nil {
		to.diags.Append(l.report.Failure(to.verb, fmt.Errorf("nothing was rotated, because the token %s, which the list lacked when this was planned, is there again. Plan again", subject(s.state))))
		return nil, false
	}
	if err := l.rotatesElsewhere(ctx, all, current, *s); err != nil {
		to.diags.Append(l.report.Failure(to.verb, fmt.Errorf("nothing was rotated: %w", err)))
		return nil, false
	}
	_, gone := l.giveWay(*s, current, l.server.Now())
	for _, id := range gone {
		if l.isOwn(all, id) {
			to.diags.Append(ownCredential(id))
			return nil, false
		}
	}
	orphans := l.orphans(all, s.state, rotation.Record{})
	if err := l.clearWay(ctx, s.state, orphans); err != nil {
		to.diags.Append(l.report.Failure(to.verb, err))
		return nil, false
	}
	for _, orphan := range orphans {
		s.record.DropPending(l.server.Row(orphan).ID)
	}
	return current, true
}

// mintOnce mints the token. A list may show late what an interrupted rotation has left behind; then its name is taken, and the
// mint is begun once more when that is deleted. Only a refusal that may mean this is worth waiting for a list.
func (l life[M, P, R]) mintOnce(ctx context.Context, s succession[P], request Request[R], keep func(Answer[R])) (*R, error) {
	row, err := l.server.Mint(ctx, request, keep)
	if err == nil || s.state == nil || rest.MayHaveExecuted(err) || !rotation.IsNextName(request.Name, seriesID(s.state)) || !rest.IsRefused(err, http.MethodPost) {
		return row, err
	}
	known := map[string]bool{}
	for _, id := range knownIDs(s.state, s.record) {
		known[id] = true
	}
	mayBeTaken := rest.IsConflict(err) || rest.IsBadRequest(err)
	left, problem := l.server.look(ctx, request.Name, isIn(known), func(fresh []R) bool { return isAny(fresh) || !mayBeTaken })
	if problem != nil || len(left) == 0 {
		return row, err
	}
	if problem := l.clearWay(ctx, s.state, left); problem != nil {
		return nil, problem
	}
	return l.server.Mint(ctx, request, keep)
}

// follow is the state right after the answer, and what it is remembered by: the new token, the previous one, and what has no place
// any more.
func (l life[M, P, R]) follow(ctx context.Context, s succession[P], request Request[R], answer Answer[R], current *R, to target) (P, rotation.Record) {
	now := l.server.Now()
	next, record := clone(s.plan), s.record.Next()
	record.MintedAt, record.Tenant, record.Login = &now, l.server.Tenant, l.server.login()
	record.AskedLifetime, record.AskedExpiry = request.Lifetime, isKnown(s.asked.Shared().ExpiresAt)
	next.Shared().SecretVersion = rotation.NextVersion(types.Int64Null(), now)
	if s.state != nil {
		next.Shared().SecretVersion = rotation.NextVersion(s.state.Shared().SecretVersion, now)
		previous, gone := l.giveWay(s, current, now)
		next.Shared().Previous = previous
		// The previous token goes before what is pending already.
		record.Pending = nil
		record.AddPending(append(gone, s.record.Pending...)...)
		l.rememberEarlier(s.state, &record, current, l.endOf(s, current))
	}
	if isKnown(s.plan.Shared().ExpiresAt) && !record.AskedExpiry {
		// The plan had to promise the expiry of the previous token, which is not this one's.
		record.GrantedExpiry = answer.Expiry
		record.Normalize("expires_at", rotation.UnknownTime())
	}
	stored, err := s.encrypter.Store(answer.Secret.Reveal())
	setSecret(next, stored)
	if err != nil {
		record.SecretLost = true
		to.diags.AddAttributeError(at("encrypt_secret_to"), "Unable to encrypt the secret", err.Error()+". The next apply mints another token.")
	}
	var series []string
	if s.state != nil {
		series = knownIDs(s.state, s.record)
	}
	// Of what was listed before the request: until the secret is in the state, nothing more is asked.
	record.Witnesses = l.server.witnesses(answer.before, series)
	if answer.Row != nil {
		take(next, l.server.Row(*answer.Row))
		l.kind.FromAPI(next, *answer.Row)
		_ = rotation.KeepPlanned(next, s.plan, previousAttributes()...)
		return next, record
	}
	// Until the token is identified, the moment of the answer stands for its creation.
	t := next.Shared()
	t.ID, t.CreatedAt, t.Status = types.StringNull(), rotation.TimeValue(&now), types.StringValue(rotation.StatusActive)
	if t.ExpiresAt.IsUnknown() {
		t.ExpiresAt = rotation.TimeValue(answer.Expiry)
	}
	if names := namesOf(next); names != nil {
		names.Name = types.StringValue(request.Name)
	}
	if request.Name == "" {
		record.Known = slices.Sorted(maps.Keys(answer.known))
	}
	rotation.NullUnknown(ctx, next)
	return next, record
}

// giveWay is what becomes of the tokens of a series when the next one is minted: the previous token, and the ids of those that have no
// place any more. The token that gives way is given as the server shows it, if it does.
func (l life[M, P, R]) giveWay(s succession[P], current *R, now time.Time) (rotation.Previous, []string) {
	overlap, _ := rotation.Duration(s.plan.Shared().Overlap)
	generation := rotation.Generation{ID: s.state.Shared().ID, Secret: storedSecret(s.state)}
	return s.state.Shared().Next(generation, l.endOf(s, current), overlap, now, s.reason, s.record.PreviousDue)
}

// endOf is when the token that gives way expires: as the server shows it, if it does.
func (l life[M, P, R]) endOf(s succession[P], current *R) *time.Time {
	if current != nil {
		return l.server.Row(*current).Expiry
	}
	return s.record.End(rotation.Instant(s.state.Shared().ExpiresAt))
}

// granted is the expiry that the server confirmed. One that is told to the day only, and may be the one that was asked for, is
// taken for that: the token must not seem to live shorter.
func granted(row Row, requested *time.Time) *time.Time {
	if requested != nil && row.Within > time.Minute && row.expiresAt(requested) {
		return requested
	}
	return row.Expiry
}

// complete takes in the identified token, marks it until everything is done, revokes what has no place any more, and brings the
// token to what a creation cannot say.
func (l life[M, P, R]) complete(ctx context.Context, s succession[P], next P, record *rotation.Record, answer Answer[R], row R, to target) {
	previous, stored, version := next.Shared().Previous, storedSecret(next), next.Shared().SecretVersion
	record.Known = nil
	*next = *s.plan
	next.Shared().Previous, next.Shared().SecretVersion = previous, version
	setSecret(next, stored)
	if next.Shared().ExpiresAt.IsUnknown() && l.server.Row(row).Within > 0 {
		// The server tells it less exactly than it was asked for.
		next.Shared().ExpiresAt = rotation.TimeValue(answer.Expiry)
	}
	take(next, l.server.Row(row))
	if marker, ok := l.kind.(Marker[R]); ok && s.state != nil {
		row = marker.Mark(ctx, row, seriesID(s.state))
	}
	to.diags.Append(l.revokeReachable(ctx, next, record)...)
	var unfinished error
	if finisher, ok := l.kind.(Finisher[P, R]); ok {
		var diags diag.Diagnostics
		row, diags, unfinished = finisher.Finish(ctx, next, s.plan, row)
		to.diags.Append(diags...)
	}
	take(next, l.server.Row(row))
	l.kind.FromAPI(next, row)
	rotation.NullUnknown(ctx, next)
	record.GrantedExpiry = granted(l.server.Row(row), answer.Expiry)
	// Before the state shows what was planned, which may be another expiry.
	record.Decision = l.evaluate(next, *record, s.warning).Applied(next.Shared().Status)
	if unfinished != nil {
		to.diags.Append(l.report.Failure(to.verb, unfinished))
	} else {
		l.keepPlanned(next, s.plan, s.config, record, s.record.Normalized, to.diags)
	}
	next.Shared().RotationDueAt = l.dueAt(next, *record)
	to.diags.Append(l.warnExpiry(s.config, l.server.Row(row), answer.Expiry)...)
	to.diags.Append(rotation.WarnRotateBefore(next.Shared().Rotating, l.expected(next, next, *record))...)
}

// previousAttributes are those that follow from what could be revoked, whatever was planned.
func previousAttributes() []string {
	return []string{"previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after"}
}

// warnExpiry tells when the server gave a token another expiry than it was asked for.
func (l life[M, P, R]) warnExpiry(config P, row Row, requested *time.Time) diag.Diagnostics {
	if requested == nil || row.expiresAt(requested) {
		return nil
	}
	expiry := "never expires, according to the server"
	if row.Expiry != nil {
		expiry = "expires at " + rotation.Format(*row.Expiry)
	}
	argument := at("lifetime")
	if isKnown(config.Shared().ExpiresAt) {
		argument = at("expires_at")
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(argument, "The server gave the token another expiry",
		"The token was requested to expire at "+rotation.Format(*requested)+", but it "+expiry+". The server may limit how long tokens live: set a value within its limit.")}
}

// leaveUnidentified ends a mint whose token could not be identified. With a name it is in the state, and the next refresh finds it
// by that. Without one, nothing would ever tell which token a state means: a creation leaves a tainted resource, and a rotation
// leaves the token that it was to follow, which still works.
func (l life[M, P, R]) leaveUnidentified(ctx context.Context, s succession[P], request Request[R], answer Answer[R], next P, err error, to target) {
	switch {
	case s.state == nil && request.Name != "":
		to.diags.Append(l.report.Failure(to.verb, err, "Its secret is in the state, and Terraform marks the resource as tainted: the next apply looks the token up by its name, deletes it and mints another one."))
	case s.state == nil:
		to.diags.Append(l.report.Failure(to.verb, err, "Terraform marks the resource as tainted. "+adviceUnidentified(next)))
	case request.Name != "":
		to.diags.Append(l.report.Failure(to.verb, err, "Its secret is in the state. The next refresh looks it up by its name. The previous token is in the state, too, and still works."))
	default:
		advice := "Find the new token that nobody else created, and delete it, because nobody knows its secret. " + adviceUnknown + "."
		if id := answer.ID; id != "" {
			s.record.AddPending(id)
			advice = "Apply again in two minutes: that revokes the token " + id + ", because nobody knows its secret."
		}
		to.diags.Append(l.report.Failure(to.verb, err, "The token "+subject(s.state)+" is still the one in the state, and still works. "+advice))
		l.noteUnknown(ctx, s, to)
	}
}

// adviceUnknown says when to go on after a mint that may have made a token which nobody knows: a list that shows it late would show it in
// place of the next one.
const adviceUnknown = "Wait two minutes, and apply again"

// noteUnknown keeps the state, and notes that there may be a token now whose id nobody knows.
func (l life[M, P, R]) noteUnknown(ctx context.Context, s succession[P], to target) {
	now := l.server.Now()
	s.record.UnknownAt = &now
	to.save(ctx, s.stored, &s.record)
}

// adviceUnidentified says what to do about a state whose token has no id.
func adviceUnidentified(m Model) string {
	if isUnidentified(m) {
		return "Its secret is in the state. Find out which token it is and delete it on the server; then remove the resource from the state with terraform state rm, and apply again."
	}
	return "Plan again with a refresh, which looks it up."
}

// advise says what can be done about a refused request. The likeliest reason is a name that is taken, which also is how
// create_before_destroy ends with a fixed name.
func (l life[M, P, R]) advise(ctx context.Context, s succession[P], request Request[R], err error) []string {
	if !rest.IsRefused(err, http.MethodPost) || errors.As(err, new(*lostEarlier)) {
		return nil
	}
	all, listErr := l.server.Refresh(ctx)
	if listErr != nil {
		return nil
	}
	var advice []string
	taken := l.server.taken(all, request.Name)
	adviser, ok := l.kind.(Adviser[R])
	switch {
	case request.Name != "" && len(taken) > 0:
		advice = []string{"The name \"" + request.Name + "\" is taken by the token " + l.server.describe(taken[:1]) + ": names are unique among an owner's tokens. " +
			"Use name_prefix instead of name, so that two tokens can exist side by side (create_before_destroy needs that), or import the token that exists."}
	case ok:
		advice = adviser.Advise(ctx, request, all, err)
	}
	if len(advice) > 0 && s.state != nil {
		advice = append(advice, "The token "+subject(s.state)+" was not touched.")
	}
	return advice
}
