package fake

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// Switches decide what the vendor's pages leave open or contradict. The zero value is the most literal reading of the
// specifications.
type Switches struct {
	// NeverExpiration is what an answer holds as expirationDate of a token without expiry: "null" (default), "absent" or
	// "empty" (an empty string).
	NeverExpiration string `json:"never_expiration"`
	// ClearExpiration is the patch that clears an expiry: "remove" (default), as the schema of a patch has no null value, "replace_null", as
	// the operation's text says, or "both".
	ClearExpiration string `json:"clear_expiration"`
	// BulkUpdateUnknown is what a bulk update does about an ID that is no token's: it is refused, and "none" (default) of the tokens is
	// updated, or the "others" are although it is refused; or it does "skip" the ID.
	BulkUpdateUnknown string `json:"bulk_update_unknown"`
	// BulkUpdateNoPost serves the bulk update under PATCH only.
	BulkUpdateNoPost bool `json:"bulk_update_no_post"`
	// HideExpired drops expired tokens for good; otherwise they stay listed with their past date.
	HideExpired bool `json:"hide_expired"`
	// OldCapLifted lets the paths of the old contract accept any future expiry instead of six months at most.
	OldCapLifted bool `json:"old_cap_lifted"`
	// OldDefaultLifted makes a token without expirationDate on the old paths never expire instead of after six months.
	OldDefaultLifted bool `json:"old_default_lifted"`
	// HideNeverExpiresFlag leaves userAwareTokenNeverExpires out of answers.
	HideNeverExpiresFlag bool `json:"hide_never_expires_flag"`
	// Microseconds writes timestamps with six decimals instead of three.
	Microseconds bool `json:"microseconds"`
	// ShuffleScopes answers the scopes in another order every time.
	ShuffleScopes bool `json:"shuffle_scopes"`
	// OmittedScope is what an answer holds as scope of a token created without one: "all" (default) or "null".
	OmittedScope string `json:"omitted_scope"`
	// OmitIdentityID leaves the identity out of the login's answer and of the bearer's claims.
	OmitIdentityID bool `json:"omit_identity_id"`
	// ListCut silently cuts lists to this many items; 0 never cuts.
	ListCut int `json:"list_cut"`
	// BearerSeconds overrides how long every new bearer lives; 0 follows the token's accessTokenValiditySeconds.
	BearerSeconds int `json:"bearer_seconds"`
	// Deprecated answers API calls with X-Deprecated: true.
	Deprecated bool `json:"deprecated"`
	// TokensPerUser limits the tokens of a user; 0 means the documented 10, a negative number no limit.
	TokensPerUser int `json:"tokens_per_user"`
	// RateLimit is how many requests a client may send per RateWindow and API version; 0 means the documented 100, a
	// negative number no limit.
	RateLimit int `json:"rate_limit"`
	// RateWindow is the window of RateLimit; 0 means the documented 10 s. It follows real time, not the clock.
	RateWindow fakeapi.Duration `json:"rate_window"`
}

func (w Switches) validate() error {
	words := []struct {
		name, value string
		allowed     []string
	}{
		{"never_expiration", w.NeverExpiration, []string{"", "null", "absent", "empty"}},
		{"clear_expiration", w.ClearExpiration, []string{"", "remove", "replace_null", "both"}},
		{"bulk_update_unknown", w.BulkUpdateUnknown, []string{"", "none", "others", "skip"}},
		{"omitted_scope", w.OmittedScope, []string{"", "all", "null"}},
	}
	for _, word := range words {
		if !slices.Contains(word.allowed, word.value) {
			return fmt.Errorf("switch %s: %q is not one of %q", word.name, word.value, word.allowed[1:])
		}
	}
	if w.ListCut < 0 || w.BearerSeconds < 0 || w.RateWindow < 0 {
		return errors.New("switches list_cut, bearer_seconds and rate_window must not be negative")
	}
	return nil
}

func (w Switches) tokensPerUser() int {
	if w.TokensPerUser == 0 {
		return 10
	}
	return w.TokensPerUser
}

func (w Switches) rate() (limit int, window time.Duration) {
	limit, window = w.RateLimit, time.Duration(w.RateWindow)
	if limit == 0 {
		limit = 100
	}
	if window == 0 {
		window = 10 * time.Second
	}
	return limit, window
}

// Switches returns the switches as they are now.
func (s *Server) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// SetSwitches changes switches while the tenant runs; a bad value changes nothing.
func (s *Server) SetSwitches(change func(*Switches)) error {
	return fakeapi.ChangeSwitches(&s.mu, &s.switches, Switches.validate, change)
}

// SwitchJSON changes the switches that a JSON object names and leaves the others as they are.
func (s *Server) SwitchJSON(object json.RawMessage) error {
	return fakeapi.DecodeSwitches(&s.mu, &s.switches, Switches.validate, object)
}

// SwitchesJSON returns all switches as a JSON object.
func (s *Server) SwitchesJSON() (json.RawMessage, error) {
	return json.Marshal(s.Switches())
}
