package lifecycle_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// toyServer is a vendor's server in memory. It has tokens with unique names, and tokens of accounts without names. What vendors do in
// different ways, or leave open, is a field; faults are queues.
type toyServer struct {
	mu  sync.Mutex
	now time.Time
	// tokens are in the order of their creation. Their ids are t1, t2 and so on.
	tokens []toyToken
	minted int
	// journal holds the requests, each with the id or the name that it is about.
	journal []string
	slept   []time.Duration

	// Tenant and Login are what the server says about the caller; Own is the id of the token that the caller is logged in with.
	Tenant, Login, Own string
	// Anonymous is set where only the other tokens of a list tell whose it is.
	Anonymous bool
	// AnswersRow and TellsID are what the answer to the creation of a token with a name says beside the secret.
	AnswersRow, TellsID bool
	// TellsWrong is an id that the answer to the creation of a token without a name tells in place of its own.
	TellsWrong string
	// Lag is how many lists do not show a new token yet.
	Lag int
	// Precision is how exactly an expiry is kept; a day is kept as its begin. Lifetime is what a token gets that is asked for without
	// one, MaxLifetime what it gets at the most; 0 is for ever.
	Precision             time.Duration
	Lifetime, MaxLifetime time.Duration
	// HidesExpired makes lists lack expired tokens, HidesCreation the time of creation.
	HidesExpired, HidesCreation bool
	// ExpiresPrevious and MovesExpiry are what can be done about an expiry.
	ExpiresPrevious, MovesExpiry bool
	// Normalizes is what the server makes of a note.
	Normalizes func(string) string
	// Limit is how many tokens a user may have; 0 is any number.
	Limit int
	// Doubt is why no list proves that a token is gone.
	Doubt error
	// Notice is what every call says.
	Notice string
	// Faults are the next failures, by the beginning of the request ("create", "delete t1").
	Faults map[string][]fault
	// DiesWith is the request with which a process dies that is started now and sends it: it is carried out, and no other after it.
	DiesWith string
	// FailsEncryption makes the provider fail to encrypt what it has minted.
	FailsEncryption bool
	// Ahead is how far the clock of the machine that runs Terraform is ahead.
	Ahead time.Duration
	// StandsIn makes a token be known by its name until a list shows it. Until then nothing deletes it.
	StandsIn bool
	// Finishes is what the completion of a token says that has just been minted: a severity of diagnostics, in lower case.
	Finishes string
	// Shows bounds the rows that the selection of tokens reads before it fails; 0 is any number.
	Shows int
	// Policy is the policy of the provider blocks of processes that are started now.
	Policy rotation.Guardrails
	// Before is called before each request is carried out, and may change the server.
	Before func(request string)
}

// toyToken is a token on the server, and a row of its lists.
type toyToken struct {
	ID, Name, Account, Secret string
	Created                   time.Time
	Expiry                    *time.Time
	Scope, Team, Note, Mark   string
	Region                    string
	Used                      bool
	// hidden is how many lists do not show it yet.
	hidden int
}

// fault is how a request fails.
type fault int

const (
	// lostBefore and lostAfter lose the answer, before the request is carried out and after.
	lostBefore fault = iota
	lostAfter
	// refused is a well-formed refusal; unavailable is a server that fails, and may have done it.
	refused
	notFound
	unavailable
	// none is for a request that does not fail, before others that do.
	none
)

func (f fault) error(request string) *rest.Error {
	e := &rest.Error{System: "Toy", Host: "toy.example.com", Route: "/tokens", Method: methodOf(request)}
	switch f {
	case lostBefore, lostAfter:
		e.Kind, e.Message, e.Executed = rest.Lost, "connection reset", true
	case refused:
		e.Kind, e.Status, e.Message = rest.Refused, http.StatusBadRequest, "refused"
	case notFound:
		e.Kind, e.Status, e.Message = rest.Refused, http.StatusNotFound, "not found"
	case none:
	case unavailable:
		e.Kind, e.Status, e.Message, e.Executed = rest.Faulty, http.StatusServiceUnavailable, "unavailable", true
	}
	return e
}

func methodOf(request string) string {
	switch word, _, _ := strings.Cut(request, " "); word {
	case "create":
		return http.MethodPost
	case "list", "login":
		return http.MethodGet
	case "delete":
		return http.MethodDelete
	}
	return http.MethodPatch
}

// do carries a request out, unless it fails.
func (s *toyServer) do(request string, work func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = append(s.journal, request)
	if s.Before != nil {
		s.Before(request)
	}
	for prefix, faults := range s.Faults {
		if !strings.HasPrefix(request+" ", prefix+" ") || len(faults) == 0 {
			continue
		}
		s.Faults[prefix] = faults[1:]
		if faults[0] == none || faults[0] == lostAfter {
			if err := work(); err != nil || faults[0] == none {
				return err
			}
		}
		return faults[0].error(request)
	}
	return work()
}

// Fail makes the next requests fail.
func (s *toyServer) Fail(request string, faults ...fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.Faults == nil {
		s.Faults = map[string][]fault{}
	}
	s.Faults[request] = append(s.Faults[request], faults...)
}

func (s *toyServer) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

// Pass lets time pass.
func (s *toyServer) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

// sleep waits by the clock of the server, and so not at all.
func (s *toyServer) sleep(ctx context.Context, d time.Duration) error {
	s.Pass(d)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slept = append(s.slept, d)
	return ctx.Err()
}

// create makes a token; in do.
func (s *toyServer) create(asked toyToken) (toyToken, error) {
	holdsName := func(t toyToken) bool { return t.Name == asked.Name && !(s.HidesExpired && s.isExpired(t)) }
	if asked.Name != "" && slices.ContainsFunc(s.tokens, holdsName) {
		e := refused.error("create")
		e.Status, e.Message = http.StatusConflict, "name taken"
		return toyToken{}, e
	}
	if s.Limit > 0 && len(s.tokens) >= s.Limit {
		return toyToken{}, refused.error("create")
	}
	return s.add(asked), nil
}

func (s *toyServer) add(t toyToken) toyToken {
	s.minted++
	t.ID, t.Created, t.hidden = fmt.Sprintf("t%d", s.minted), s.now, s.Lag
	t.Secret = "secret-" + t.ID
	t.Expiry = s.kept(t.Expiry)
	t.Note = s.normalized(t.Note)
	if t.Scope == "" {
		t.Scope = "all"
	}
	// A team is shown in the server's own spelling.
	t.Team = strings.ToUpper(t.Team)
	s.tokens = append(s.tokens, t)
	return t
}

func (s *toyServer) normalized(note string) string {
	if s.Normalizes == nil {
		return note
	}
	return s.Normalizes(note)
}

// kept is what the server makes of an expiry that it is asked for.
func (s *toyServer) kept(asked *time.Time) *time.Time {
	if asked == nil && s.Lifetime > 0 {
		end := s.now.Add(s.Lifetime)
		asked = &end
	}
	if limit := s.now.Add(s.MaxLifetime); s.MaxLifetime > 0 && (asked == nil || asked.After(limit)) {
		asked = &limit
	}
	if asked == nil {
		return nil
	}
	end := asked.Truncate(max(s.Precision, 1))
	return &end
}

// list is what a list shows; in do.
func (s *toyServer) list(account string) []toyToken {
	shown := []toyToken{}
	for i := range s.tokens {
		t := &s.tokens[i]
		switch {
		case t.Account != account:
		case t.hidden > 0:
			t.hidden--
		case s.HidesExpired && s.isExpired(*t):
		default:
			row := *t
			row.Secret = ""
			shown = append(shown, row)
		}
	}
	return shown
}

// isExpired reports whether a token does not work any more. One whose expiry is told by its day works for the whole of that.
func (s *toyServer) isExpired(t toyToken) bool {
	if t.Expiry == nil {
		return false
	}
	end := *t.Expiry
	if s.Precision > time.Minute {
		end = end.Add(s.Precision)
	}
	return !s.now.Before(end)
}

// change changes a token; in do.
func (s *toyServer) change(id string, change func(*toyToken)) (toyToken, error) {
	for i := range s.tokens {
		if s.tokens[i].ID == id {
			change(&s.tokens[i])
			row := s.tokens[i]
			row.Secret = ""
			return row, nil
		}
	}
	return toyToken{}, notFound.error("change")
}

// remove deletes a token, if there is one; in do.
func (s *toyServer) remove(id string) {
	s.tokens = slices.DeleteFunc(slices.Clone(s.tokens), func(t toyToken) bool { return t.ID == id })
}

// Add makes a token outside Terraform.
func (s *toyServer) Add(t toyToken) toyToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.add(t)
}

// Change changes a token outside Terraform.
func (s *toyServer) Change(id string, change func(*toyToken)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = s.change(id, change)
}

// Remove deletes a token outside Terraform.
func (s *toyServer) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(id)
}

// Token is a token that must exist.
func (s *toyServer) Token(id string) toyToken {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tokens {
		if t.ID == id {
			return t
		}
	}
	return toyToken{}
}

// Alive are the ids of the tokens that work, in the order of their creation.
func (s *toyServer) Alive() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var ids []string
	for _, t := range s.tokens {
		if !s.isExpired(t) {
			ids = append(ids, t.ID)
		}
	}
	return strings.Join(ids, " ")
}

// Counted is how many requests of a kind were sent since the last call of Requests.
func (s *toyServer) Counted(kind string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, request := range s.journal {
		if strings.HasPrefix(request+" ", kind+" ") {
			count++
		}
	}
	return count
}

// Requests are the requests since the last call, without those that only look.
func (s *toyServer) Requests() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var writes []string
	for _, request := range s.journal {
		if strings.HasPrefix(request, "create") {
			// Names have a part that is random.
			request = "create"
		}
		if request != "login" && request != "list" {
			writes = append(writes, request)
		}
	}
	s.journal = nil
	return strings.Join(writes, ", ")
}
