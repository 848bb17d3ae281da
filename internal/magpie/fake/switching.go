package fake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func (w Switches) validate() error {
	for _, word := range w.words() {
		if word.value != "" && !slices.Contains(word.allowed, word.value) {
			return fmt.Errorf("switch %s: %q is not one of %q", word.name, word.value, word.allowed)
		}
	}
	for _, status := range []struct {
		name    string
		value   int
		allowed []int
	}{
		{"create_status", w.CreateStatus, []int{200, 201}},
		{"write_status", w.WriteStatus, []int{200, 204}},
		{"unknown_id_status", w.UnknownIDStatus, []int{404, 400, 500, 200}},
		{"login_refused_status", w.LoginRefusedStatus, []int{401, 400, 403, 200}},
		{"locked_status", w.LockedStatus, []int{401, 403}},
		{"no_session_status", w.NoSessionStatus, []int{401, 403}},
	} {
		if status.value != 0 && !slices.Contains(status.allowed, status.value) {
			return fmt.Errorf("switch %s: %d is not one of %d", status.name, status.value, status.allowed)
		}
	}
	for name, value := range map[string]int{
		"list_lag": w.ListLag, "description_limit": w.DescriptionLimit, "token_lifetime": int(w.TokenLifetime),
		"ignored_deletes": w.IgnoredDeletes, "failing_deletes": w.FailingDeletes,
		"ignored_updates": w.IgnoredUpdates, "failing_updates": w.FailingUpdates,
	} {
		if value < 0 {
			return fmt.Errorf("switch %s must not be negative", name)
		}
	}
	return nil
}

type wordSwitch struct {
	name, value string
	allowed     []string
}

func (w Switches) words() []wordSwitch {
	return []wordSwitch{
		{"id_kind", w.IDKind, []string{"number", "large_number", "digits", "uuid", "string"}},
		{"key_case", w.KeyCase, []string{"camelCase", "snake_case", "PascalCase", "kebab-case"}},
		{"id_name", w.IDName, []string{"id", "tokenId", "accessTokenId", "uuid"}},
		{"created_name", w.CreatedName, []string{
			"created", "createdAt", "createdOn", "createdDate", "createdTime", "creationDate", "creationTime", "dateCreated",
			"createTime", "issuedAt",
		}},
		{"expires_name", w.ExpiresName, []string{
			"expires", "expiresAt", "expiresOn", "expiration", "expirationDate", "expirationTime", "expiry", "expiryDate",
			"validUntil",
		}},
		{"description_name", w.DescriptionName, []string{"description", "comment", "note"}},
		{"status_name", w.StatusName, []string{
			"status", "tokenStatus", "accessTokenStatus", "state", "disabled", "isDisabled", "enabled", "isEnabled", "active",
			"isActive",
		}},
		{"status_form", w.StatusForm, []string{"word", "bool"}},
		{"status_words", w.StatusWords, []string{"Active/Disabled", "Enabled/Disabled", "active/inactive", "ENABLED/DISABLED"}},
		{"time_form", w.TimeForm, []string{
			"iso_z", "iso_z_millis", "iso_offset", "iso_no_zone", "epoch_seconds", "epoch_millis", "text",
		}},
		{"never_expires", w.NeverExpires, []string{"null", "missing", "empty"}},
		{"empty_description", w.EmptyDescription, []string{"null", "missing", "empty"}},
		{"list_token", w.ListToken, []string{"none", "masked", "plain"}},
		{"list_wrapper", w.ListWrapper, []string{
			"bare", "accessTokens", "access_tokens", "tokens", "items", "data", "results", "content",
		}},
		{"list_broken", w.ListBroken, []string{
			"no", "empty_body", "no_content", "null", "text", "object", "unknown_key", "two_arrays", "no_id", "item_is_text",
		}},
		{"list_order", w.ListOrder, []string{"oldest_first", "newest_first", "shuffled"}},
		{"unknown_user", w.UnknownUser, []string{"404", "empty", "400", "500"}},
		{"write_body", w.WriteBody, []string{"empty", "text", "json"}},
		{"clear_description", w.ClearDescription, []string{"clears", "ignored", "refused"}},
		{"delete_description", w.DeleteDescription, []string{"clears", "405"}},
		{"error_form", w.ErrorForm, []string{"error", "message", "errorMessage", "detail", "text", "html", "empty"}},
	}
}

// SwitchWords returns the words of every switch that takes words, the default first, so that a test can try each.
func SwitchWords() map[string][]string {
	all := map[string][]string{}
	for _, word := range (Switches{}).words() {
		all[word.name] = word.allowed
	}
	return all
}

// sessionLifetime returns how long a new session lives; a negative duration means for ever.
func (w Switches) sessionLifetime() time.Duration {
	return cmp.Or(time.Duration(w.SessionLifetime), 12*time.Hour)
}

// Switches returns the switches as they are now.
func (s *Server) Switches() Switches {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.switches
}

// SetSwitches changes switches while the organization runs; a bad value changes nothing.
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
