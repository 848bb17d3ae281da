package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// AccessToken is a token as a list describes it.
type AccessToken struct {
	ID      string
	Created Moment
	Expires Moment
	// Description is nil where the record has no such field.
	Description *string
	// Disabled is nil where the record does not tell, or in words that are not understood.
	Disabled *bool
	// Status is the record's own word, where it has one that does not merely say enabled or disabled.
	Status string
}

// Moment is a time in a record. Text that cannot be read as a time is kept as it is.
type Moment struct {
	At   *time.Time
	Text string
}

// The vendor's pages show no record, so the fields are looked for under every likely name, without regard to case, "_" and "-".
// The first name that is there with a value counts.
func idNames() []string { return []string{"id", "tokenid", "accesstokenid", "uuid"} }

func createdNames() []string {
	return []string{
		"created", "createdat", "createdon", "createddate", "createdtime", "creationdate", "creationtime", "datecreated", "createtime", "issuedat",
	}
}

func expiresNames() []string {
	return []string{
		"expires", "expiresat", "expireson", "expiration", "expirationdate", "expirationtime", "expiry", "expirydate", "validuntil",
	}
}

func descriptionNames() []string { return []string{"description", "comment", "note"} }
func disabledNames() []string    { return []string{"disabled", "isdisabled"} }
func enabledNames() []string     { return []string{"enabled", "isenabled", "active", "isactive"} }
func statusNames() []string {
	return []string{"status", "tokenstatus", "accesstokenstatus", "state"}
}

// wrapperNames are the keys under which a list may be wrapped in an object.
func wrapperNames() []string {
	return []string{"accesstokens", "tokens", "items", "data", "results", "content"}
}

// record is a JSON object with its keys in the plainest form.
type record map[string]any

func plain(key string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key))
}

func (r record) first(names []string) (any, bool) {
	for _, name := range names {
		if value := r[name]; value != nil {
			return value, true
		}
	}
	return nil, false
}

func (r record) hasAny(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { _, ok := r[name]; return ok })
}

var errTooManyRows = errors.New("the list has too many rows")

// parseList reads a list, which is valid JSON, in any of the shapes that it may have. Everything else is an error that names the keys that
// were met, never the values.
func parseList(body []byte) ([]AccessToken, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	// Ids may be numbers beyond what a float holds.
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("the list is not JSON, or broke off")
	}
	items, err := unwrap(value)
	if err != nil {
		return nil, err
	}
	if len(items) > rest.RowLimit {
		return nil, errTooManyRows
	}
	tokens, seen := make([]AccessToken, 0, len(items)), make(map[string]bool, len(items))
	for _, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the list holds something that is not an object")
		}
		fields := record{}
		for key, v := range object {
			// Which of them counted would be a matter of chance.
			if other, ok := fields[plain(key)]; ok && !reflect.DeepEqual(other, v) {
				return nil, fmt.Errorf("a record of the list has several values for %q; its keys are %s", plain(key), keysOf(object))
			}
			fields[plain(key)] = v
		}
		token, ok := fields.token()
		if !ok {
			return nil, fmt.Errorf("a record of the list has no id; its keys are %s", keysOf(object))
		}
		if seen[token.ID] {
			return nil, fmt.Errorf("the list holds the id %s twice", token.ID)
		}
		seen[token.ID] = true
		tokens = append(tokens, token)
	}
	completeDescriptions(tokens)
	return tokens, nil
}

// completeDescriptions takes a description that only some records have for empty in the others: the vendor's other services leave
// out what is absent. If no record has one, the list tells nothing about descriptions.
func completeDescriptions(tokens []AccessToken) {
	if !slices.ContainsFunc(tokens, func(t AccessToken) bool { return t.Description != nil }) {
		return
	}
	for i := range tokens {
		if tokens[i].Description == nil {
			tokens[i].Description = new(string)
		}
	}
}

func unwrap(value any) ([]any, error) {
	switch v := value.(type) {
	case []any:
		return v, nil
	case map[string]any:
		var found [][]any
		for key, member := range v {
			if list, ok := member.([]any); ok && slices.Contains(wrapperNames(), plain(key)) {
				found = append(found, list)
			}
		}
		if len(found) == 1 && isWhole(v, len(found[0])) {
			return found[0], nil
		}
		if len(found) == 1 {
			return nil, fmt.Errorf("the list is only a part, or reports an error; its keys are %s", keysOf(v))
		}
		return nil, fmt.Errorf("the answer is an object in which no list of tokens can be told; its keys are %s", keysOf(v))
	}
	return nil, fmt.Errorf("the answer is not a list")
}

// isWhole refuses a wrapped list that tells of an error, or of more records than it holds: a token that such a list lacks may be
// there all the same. The vendor documents neither.
func isWhole(wrapper map[string]any, held int) bool {
	for key, member := range wrapper {
		switch plain(key) {
		case "error", "errors", "errormessage", "next", "nextpage", "nextpagetoken", "nextcursor", "hasmore", "hasnext":
			if empty, _ := member.([]any); member != nil && member != "" && member != false && (empty == nil || len(empty) > 0) {
				return false
			}
		case "total", "totalcount", "totalitems", "totalelements", "totalresults":
			if total, ok := member.(json.Number); ok && total.String() != strconv.Itoa(held) {
				return false
			}
		}
	}
	return true
}

func keysOf(object map[string]any) string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, strconv.Quote(key))
	}
	sort.Strings(keys)
	return strings.Join(keys, ", ")
}

// token reads a record, and reports whether it has an id. A secret that a record might hold is never read.
func (r record) token() (AccessToken, bool) {
	var t AccessToken
	id, _ := r.first(idNames())
	switch v := id.(type) {
	case string:
		t.ID = v
	case json.Number:
		t.ID = v.String()
	}
	if !IsPathName(t.ID) {
		return t, false
	}
	created, _ := r.first(createdNames())
	expires, _ := r.first(expiresNames())
	t.Created, t.Expires = moment(created), moment(expires)
	if r.hasAny(descriptionNames()) {
		description, _ := r.first(descriptionNames())
		text, _ := description.(string)
		t.Description = &text
	}
	t.Disabled, t.Status = r.disabled()
	return t, true
}

// disabled reads the three ways to say it. A boolean under a name of status is taken the way the vendor's status route takes
// it: true means disabled. That is an assumption.
func (r record) disabled() (*bool, string) {
	if v, ok := r.first(disabledNames()); ok {
		if b, ok := v.(bool); ok {
			return &b, ""
		}
	}
	if v, ok := r.first(enabledNames()); ok {
		if b, ok := v.(bool); ok {
			b = !b
			return &b, ""
		}
	}
	v, _ := r.first(statusNames())
	switch status := v.(type) {
	case bool:
		return &status, ""
	case string:
		disabled := true
		switch strings.ToLower(strings.TrimSpace(status)) {
		case "active", "enabled":
			disabled = false
		case "disabled", "inactive":
		default:
			return nil, status
		}
		return &disabled, ""
	}
	return nil, ""
}

// moment reads a time: ISO 8601 with a zone or, taken for UTC, without; seconds or milliseconds since 1970, told apart by their
// size.
func moment(value any) Moment {
	switch v := value.(type) {
	case json.Number:
		return numeric(v)
	case string:
		text := strings.TrimSpace(v)
		for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05.999999999", time.DateOnly, "2006-01-02T15:04:05.999999999Z0700"} {
			if at, err := time.Parse(layout, text); err == nil {
				at = at.UTC()
				return Moment{At: &at, Text: v}
			}
		}
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			return numeric(json.Number(text))
		}
		return Moment{Text: v}
	}
	return Moment{}
}

const (
	// firstMoment, in seconds, is the year 2001: a smaller number is something else, such as a year or a date in digits.
	firstMoment = 1e9
	// millisecondsFrom is the size from which a number counts milliseconds: as milliseconds it is the year 2001, before any
	// token; and a stand-in for never, such as the end of the year 9999 in seconds, lies below it.
	millisecondsFrom = 1e12
	// lastMoment, in milliseconds, is the end of the last year that RFC 3339 can write.
	lastMoment = 253402300799999
)

func numeric(n json.Number) Moment {
	milliseconds, err := n.Float64()
	if milliseconds < millisecondsFrom {
		milliseconds *= 1000
	}
	if err != nil || milliseconds < firstMoment*1000 || milliseconds > lastMoment {
		return Moment{Text: n.String()}
	}
	at := time.UnixMilli(int64(math.Round(milliseconds))).UTC()
	return Moment{At: &at, Text: n.String()}
}
