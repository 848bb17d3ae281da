package fake

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func (w Switches) validate() error {
	words := []struct {
		name, value string
		allowed     []string
	}{
		{"rows", w.Rows, []string{"current", "named", "page"}},
		{"pat_manifest", w.PATManifest, []string{"pat", "virtual-account"}},
		{"hide_jwts", w.HideJWTs, []string{"never", "list", "always"}},
		{"created_by", w.CreatedBy, []string{"full", "minimal", "nulls"}},
		{"permissions", w.Permissions, []string{"optional", "required", "not_empty"}},
		{"permissions_echo", w.PermissionsEcho, []string{"as_sent", "hidden", "grants"}},
		{"token_type", w.TokenType, []string{"jwt", "opaque"}},
		{"old_fields", w.OldFields, []string{"known", "refused", "ignored"}},
		{"pat_expiration_input", w.PATExpirationInput, []string{"any", "date_time", "minutes"}},
		{"pat_expiration_echo", w.PATExpirationEcho, []string{"as_sent", "instant", "minutes", "date"}},
		{"pat_names", w.PATNames, []string{"user", "tenant"}},
		{"pat_list", w.PATList, []string{"own", "made", "tenant"}},
		{"account_pat_list", w.AccountPATList, []string{"refused", "empty"}},
		{"for_user_creator", w.ForUserCreator, []string{"caller", "owner"}},
		{"pat_secret_again", w.PATSecretAgain, []string{"same", "fresh", "empty"}},
		{"account_plane", w.AccountPlane, []string{"newer", "older"}},
		{"grace_mismatch", w.GraceMismatch, []string{"refused", "ignored"}},
		{"opaque_tokens", w.OpaqueTokens, []string{"once", "again"}},
		{"day", w.Day, []string{"start", "end"}},
		{"expiration_echo", w.ExpirationEcho, []string{"date", "instant"}},
		{"expiration_edit", w.ExpirationEdit, []string{"moves", "keeps", "reissues"}},
		{"omitted_fields", w.OmittedFields, []string{"cleared", "kept"}},
		{"regenerate_answer", w.RegenerateAnswer, []string{"token", "account"}},
		{"active_jwt_delete", w.ActiveJWTDelete, []string{"clear", "stale", "refused"}},
		{"error_body", w.ErrorBody, []string{"full", "numeric", "bare"}},
		{"rate_header", w.RateHeader, []string{"retry_after", "reset", "none"}},
	}
	for _, word := range words {
		if word.value != "" && !slices.Contains(word.allowed, word.value) {
			return fmt.Errorf("switch %s: %q is not one of %q", word.name, word.value, word.allowed)
		}
	}
	return w.validateNumbers()
}

func (w Switches) validateNumbers() error {
	statuses := []struct {
		name    string
		value   int
		allowed []int
	}{
		{"manifest_status", w.ManifestStatus, []int{422, 400}},
		{"pat_by_pat_status", w.PATByPATStatus, []int{400, 401, 403}},
		{"created_status", w.CreatedStatus, []int{200, 201}},
		{"grace_status", w.GraceStatus, []int{400, 422}},
		{"opaque_token_status", w.OpaqueTokenStatus, []int{404, 403, 400}},
	}
	for _, status := range statuses {
		if status.value != 0 && !slices.Contains(status.allowed, status.value) {
			return fmt.Errorf("switch %s: %d is not one of %d", status.name, status.value, status.allowed)
		}
	}
	if w.NameMax != 0 && w.NameMax < 3 {
		return errors.New("switch name_max: must not be less than 3")
	}
	if w.PATMaxAgeDays < 0 || w.AccountTokenDays < 0 || w.PageCap < 0 || w.RateLimit < 0 || w.RateWindow < 0 {
		return errors.New("switches pat_max_age_days, account_token_days, page_cap, rate_limit and rate_window must not be negative")
	}
	return nil
}

func (w Switches) nameMax() int { return cmp.Or(w.NameMax, 36) }

func (w Switches) tokenType() string { return cmp.Or(w.TokenType, typeJWT) }

func (w Switches) createdStatus() int { return cmp.Or(w.CreatedStatus, http.StatusOK) }

func (w Switches) manifestStatus() int {
	return cmp.Or(w.ManifestStatus, http.StatusUnprocessableEntity)
}

func (w Switches) opaqueTokenStatus() int {
	return cmp.Or(w.OpaqueTokenStatus, http.StatusNotFound)
}

func (w Switches) rateWindow() time.Duration {
	return cmp.Or(time.Duration(w.RateWindow), 10*time.Second)
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
