package fake

import (
	"encoding/json"
	"time"
)

const (
	dayForm     = "2006-01-02"
	minutesForm = "2006-01-02T15:04"
	instantForm = "2006-01-02T15:04:05.000Z"
)

func timestamp(at time.Time) string { return at.UTC().Format(instantForm) }

// dayMoment is the moment at which a token with this expiration day ends.
func (s *Server) dayMoment(day time.Time) time.Time {
	if s.switches.Day == "end" {
		return day.AddDate(0, 0, 1)
	}
	return day
}

// parsePATExpiration reads the ISO forms of expirationDate. A time without a zone is UTC.
func (s *Server) parsePATExpiration(text string) (time.Time, bool) {
	if at, err := time.Parse(minutesForm, text); err == nil {
		return at, true
	}
	if s.switches.PATExpirationInput == "minutes" {
		return time.Time{}, false
	}
	for _, form := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04Z07:00", time.RFC3339Nano} {
		if at, err := time.Parse(form, text); err == nil {
			return at.UTC(), true
		}
	}
	if day, err := time.Parse(dayForm, text); err == nil && s.switches.PATExpirationInput != "date_time" {
		return s.dayMoment(day), true
	}
	return time.Time{}, false
}

// patExpiration reads the expiration of a new personal access token and holds it against the tenant's cap.
func (s *Server) patExpiration(fields map[string]json.RawMessage, pat *PersonalAccessToken) *problem {
	text, refused := optional(fields, "expirationDate")
	if refused != nil {
		return refused
	}
	now := s.now()
	if _, present := fields["expirationDate"]; present && string(fields["expirationDate"]) != "null" {
		at, ok := s.parsePATExpiration(text)
		if !ok {
			return bad("expirationDate must be a valid ISO 8601 date string")
		}
		if !at.After(now) && !s.switches.AcceptPast {
			return bad("expirationDate must be in the future")
		}
		pat.ExpirationDate, pat.Expiration = text, &at
	}
	if s.switches.PATMaxAgeDays == 0 {
		return nil
	}
	limit := now.AddDate(0, 0, s.switches.PATMaxAgeDays).Truncate(time.Minute)
	if pat.Expiration != nil && !pat.Expiration.After(limit) {
		return nil
	}
	if s.switches.PATMaxAgeRefuses {
		return bad("expirationDate must be within %d days", s.switches.PATMaxAgeDays)
	}
	pat.ExpirationDate, pat.Expiration = timestamp(limit), &limit
	return nil
}

// patExpirationEcho writes the expiration of a personal access token as rows show it.
func (s *Server) patExpirationEcho(pat PersonalAccessToken) string {
	switch s.switches.PATExpirationEcho {
	case "instant":
		return timestamp(*pat.Expiration)
	case "minutes":
		return pat.Expiration.Format(minutesForm)
	case "date":
		return pat.Expiration.Format(dayForm)
	default:
		return pat.ExpirationDate
	}
}
