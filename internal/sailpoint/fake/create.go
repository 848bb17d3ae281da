package fake

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// create is POST on the collection. The owner is always the caller.
func (s *Server) create(c *call) (int, any, *problem) {
	if !c.may(scopeMyManage, scopeAllManage) {
		return 0, nil, c.forbidden("idn:my-personal-access-tokens:manage")
	}
	if refused := c.wantsType("application/json"); refused != nil {
		return 0, nil, refused
	}
	known := []string{"name", "scope", "accessTokenValiditySeconds", "expirationDate"}
	if !c.version.old {
		known = append(known, "userAwareTokenNeverExpires")
	}
	fields, refused := c.fields(known...)
	if refused != nil {
		return 0, nil, refused
	}
	now := s.now().Truncate(time.Microsecond)
	token := Token{Owner: c.owner.ID, Created: now, AccessTokenValiditySeconds: defaultValiditySeconds}
	for _, read := range []func(map[string]json.RawMessage, *Token) *problem{
		readName, readCreateScope, readValidity, s.expiryReader(c.version, now),
	} {
		if refused := read(fields, &token); refused != nil {
			return 0, nil, refused
		}
	}
	if refused := s.admitToken(token); refused != nil {
		return 0, nil, refused
	}
	token.ID = fakeapi.NewID()
	token.Secret = s.stage.Vault.Hex(32)
	s.put(token)
	return http.StatusOK, s.created(token), nil
}

// fields reads the request object. A property that the contract does not know is refused, which a real tenant may not
// do: a misspelt optional field must not pass unnoticed.
func (c *call) fields(known ...string) (map[string]json.RawMessage, *problem) {
	body, _ := io.ReadAll(c.r.Body)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, bad("The request body is not a JSON object.")
	}
	for name := range fields {
		if !slices.Contains(known, name) {
			return nil, bad("Unknown property %q.", name)
		}
	}
	return fields, nil
}

func (c *call) wantsType(want string) *problem {
	given, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || given != want {
		return &problem{http.StatusUnsupportedMediaType, "The content type must be " + want + "."}
	}
	return nil
}

func isNull(value json.RawMessage) bool { return len(value) == 0 || string(value) == "null" }

func readName(fields map[string]json.RawMessage, token *Token) *problem {
	if json.Unmarshal(fields["name"], &token.Name) != nil || strings.TrimSpace(token.Name) == "" {
		return bad("name is required and must be a string that is not blank.")
	}
	return nil
}

func readCreateScope(fields map[string]json.RawMessage, token *Token) *problem {
	if isNull(fields["scope"]) {
		token.Scope, token.ScopeOmitted = []string{scopeAll}, true
		return nil
	}
	return readScope(fields["scope"], token)
}

func readScope(value json.RawMessage, token *Token) *problem {
	var scope []*string
	if err := json.Unmarshal(value, &scope); err != nil || scope == nil {
		return bad("scope must be an array of strings.")
	}
	token.Scope, token.ScopeOmitted = []string{}, false
	for _, item := range scope {
		if item == nil || strings.TrimSpace(*item) == "" {
			return bad("scope must be an array of strings that are not blank.")
		}
		token.Scope = append(token.Scope, *item)
	}
	return nil
}

func readValidity(fields map[string]json.RawMessage, token *Token) *problem {
	value := fields["accessTokenValiditySeconds"]
	if isNull(value) {
		return nil
	}
	var seconds int
	if json.Unmarshal(value, &seconds) != nil || seconds < minValiditySeconds || seconds > maxValiditySeconds {
		return bad("accessTokenValiditySeconds must be an integer between %d and %d.", minValiditySeconds, maxValiditySeconds)
	}
	token.AccessTokenValiditySeconds = seconds
	return nil
}

// expiryReader holds a request against the expiry contract of a version.
func (s *Server) expiryReader(v version, now time.Time) func(map[string]json.RawMessage, *Token) *problem {
	return func(fields map[string]json.RawMessage, token *Token) *problem {
		aware, refused := readAware(fields["userAwareTokenNeverExpires"])
		if refused != nil {
			return refused
		}
		token.UserAwareTokenNeverExpires = aware
		if !isNull(fields["expirationDate"]) {
			at, refused := readExpiry(fields["expirationDate"], now)
			if refused != nil {
				return refused
			}
			if v.old && !s.switches.OldCapLifted && at.After(addMonths(now, 6)) {
				return bad("expirationDate must not be more than 6 months after the creation date.")
			}
			token.Expiration = &at
			return nil
		}
		switch {
		case v.old && s.switches.OldDefaultLifted:
			token.UserAwareTokenNeverExpires = true
		case v.old:
			at := addMonths(now, 6).Truncate(time.Millisecond)
			token.Expiration = &at
		case !aware:
			return bad("userAwareTokenNeverExpires must be true if expirationDate is null or not provided.")
		}
		return nil
	}
}

func readAware(value json.RawMessage) (aware bool, refused *problem) {
	if isNull(value) {
		return false, nil
	}
	if json.Unmarshal(value, &aware) != nil {
		return false, bad("userAwareTokenNeverExpires must be a boolean.")
	}
	return aware, nil
}

func readExpiry(value json.RawMessage, now time.Time) (time.Time, *problem) {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return time.Time{}, bad("expirationDate must be a date-time string.")
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, bad("expirationDate must be a date-time string.")
	}
	at = at.UTC().Truncate(time.Millisecond)
	if !at.After(now) {
		return time.Time{}, bad("expirationDate must be in the future.")
	}
	return at, nil
}
