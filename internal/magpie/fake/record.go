package fake

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// record is an item of a list. The vendor's pages show none: what it holds follows the columns of the page "Personal
// Access Tokens", and every name and form is a switch.
func (s *Server) record(t Token) map[string]any {
	w := &s.switches
	record := map[string]any{s.key(cmp.Or(w.IDName, "id")): s.id(t.ID)}
	record[s.key(cmp.Or(w.CreatedName, "created"))] = s.moment(t.Created)
	expires := s.key(cmp.Or(w.ExpiresName, "expires"))
	if t.Expires != nil {
		record[expires] = s.moment(*t.Expires)
	} else {
		setNone(record, expires, w.NeverExpires)
	}
	if !w.HideDescription {
		description := s.key(cmp.Or(w.DescriptionName, "description"))
		if t.Description != "" {
			record[description] = t.Description
		} else {
			setNone(record, description, w.EmptyDescription)
		}
	}
	if !w.HideStatus {
		record[s.key(cmp.Or(w.StatusName, "status"))] = s.status(t)
	}
	switch w.ListToken {
	case "masked":
		record[s.key("token")] = "****" + t.Secret[max(len(t.Secret)-4, 0):]
	case "plain":
		record[s.key("token")] = t.Secret
	}
	return record
}

// setNone writes a value that the token does not have.
func setNone(record map[string]any, key, form string) {
	switch form {
	case "missing":
	case "empty":
		record[key] = ""
	default:
		record[key] = nil
	}
}

func (s *Server) withoutID(records []any) []any {
	for _, item := range records {
		if record, ok := item.(map[string]any); ok {
			delete(record, s.key(cmp.Or(s.switches.IDName, "id")))
		}
	}
	return records
}

// id writes an ID as a number if that is its kind; an ID from a seed may be a word nevertheless.
func (s *Server) id(id string) any {
	switch s.switches.IDKind {
	case "", "number", "large_number":
		if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
			return json.Number(id)
		}
	}
	return id
}

// status writes a boolean under the plain names as the documented path counts it: true is disabled.
func (s *Server) status(t Token) any {
	switch s.switches.StatusName {
	case "disabled", "isDisabled":
		return t.Disabled
	case "enabled", "isEnabled", "active", "isActive":
		return !t.Disabled
	}
	if s.switches.StatusForm == "bool" {
		return t.Disabled
	}
	enabled, disabled, _ := strings.Cut(cmp.Or(s.switches.StatusWords, "Active/Disabled"), "/")
	switch {
	case s.switches.ExpiredWord && t.expired(s.now()):
		return "Expired"
	case t.Disabled:
		return disabled
	}
	return enabled
}

func (s *Server) moment(at time.Time) any {
	at = at.UTC()
	switch s.switches.TimeForm {
	case "iso_z_millis":
		return at.Format("2006-01-02T15:04:05.000Z")
	case "iso_offset":
		return at.In(time.FixedZone("", 2*60*60)).Format(time.RFC3339)
	case "iso_no_zone":
		return at.Format("2006-01-02T15:04:05")
	case "epoch_seconds":
		return at.Unix()
	case "epoch_millis":
		return at.UnixMilli()
	case "text":
		return at.Format("Jan 2, 2006 3:04:05 PM")
	}
	return at.Format(time.RFC3339)
}

// key writes a name, given in camel case, as the switches want it.
func (s *Server) key(name string) string {
	separator := ""
	switch s.switches.KeyCase {
	case "PascalCase":
		return strings.ToUpper(name[:1]) + name[1:]
	case "snake_case":
		separator = "_"
	case "kebab-case":
		separator = "-"
	default:
		return name
	}
	var key strings.Builder
	for _, letter := range name {
		if unicode.IsUpper(letter) {
			key.WriteString(separator)
		}
		key.WriteRune(unicode.ToLower(letter))
	}
	return key.String()
}
