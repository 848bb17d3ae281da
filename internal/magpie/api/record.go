package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
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

// record is a JSON object with its keys in the plainest form. Only the values that count are ever decoded: a row may hold much else.
type record map[string]json.RawMessage

// fill makes an object the record's only content. It returns a key for which there are two values: which of them counted would be a matter
// of chance.
func (r record) fill(object map[string]json.RawMessage) (repeated string, isRepeated bool) {
	clear(r)
	for key, raw := range object {
		name := plain(key)
		if other, isThere := r[name]; isThere && !bytes.Equal(other, raw) {
			return name, true
		}
		r[name] = raw
	}
	return "", false
}

// scalar is a value as decoders have it: nil for null, a bool, a [json.Number] or a string; a list or an object stays as it is.
func scalar(raw json.RawMessage) any {
	if len(raw) == 0 {
		return nil
	}
	switch raw[0] {
	case 'n':
		return nil
	case 't', 'f':
		return raw[0] == 't'
	case '"':
		var text string
		_ = json.Unmarshal(raw, &text)
		return text
	case '[', '{':
		return raw
	}
	return json.Number(raw)
}

func plain(key string) string {
	return strings.ToLower(strings.Map(func(c rune) rune {
		if c == '_' || c == '-' {
			return -1
		}
		return c
	}, key))
}

func (r record) first(names []string) (any, bool) {
	for _, name := range names {
		if value := scalar(r[name]); value != nil {
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
	list, err := unwrap(bytes.TrimSpace(body))
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(list))
	if _, err := decoder.Token(); err != nil {
		return nil, errBrokeOff
	}
	tokens, seen := []AccessToken{}, map[string]bool{}
	var reader rowReader
	for decoder.More() {
		if len(tokens) == rest.RowLimit {
			return nil, errTooManyRows
		}
		token, err := reader.next(decoder)
		if err != nil {
			return nil, err
		}
		if seen[token.ID] {
			return nil, fmt.Errorf("the list holds the id %s twice", token.ID)
		}
		seen[token.ID] = true
		tokens = append(tokens, token)
	}
	if _, err := decoder.Token(); err != nil {
		return nil, errBrokeOff
	}
	completeDescriptions(tokens)
	return tokens, nil
}

var errBrokeOff = errors.New("the list is not JSON, or broke off")

// rowReader has the maps for all rows of a list: new ones for each would take many times the least that a row takes in an answer.
type rowReader struct {
	object map[string]json.RawMessage
	fields record
}

// next reads the next row of a list.
func (r *rowReader) next(decoder *json.Decoder) (AccessToken, error) {
	if r.object == nil {
		r.object, r.fields = map[string]json.RawMessage{}, record{}
	}
	clear(r.object)
	var unexpected *json.UnmarshalTypeError
	err := decoder.Decode(&r.object)
	switch {
	case errors.As(err, &unexpected), err == nil && r.object == nil:
		return AccessToken{}, errors.New("the list holds something that is not an object")
	case err != nil:
		return AccessToken{}, errBrokeOff
	}
	if repeated, isRepeated := r.fields.fill(r.object); isRepeated {
		return AccessToken{}, fmt.Errorf("a record of the list has several values for %q; its keys are %s", repeated, keysOf(r.object))
	}
	token, ok := r.fields.token()
	if !ok {
		return AccessToken{}, fmt.Errorf("a record of the list has no id; its keys are %s", keysOf(r.object))
	}
	return token, nil
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

// unwrap returns the list in an answer.
func unwrap(body []byte) (list json.RawMessage, err error) {
	if bytes.HasPrefix(body, []byte("[")) {
		return body, nil
	}
	var wrapper map[string]json.RawMessage
	if !json.Valid(body) {
		return nil, errBrokeOff
	}
	if json.Unmarshal(body, &wrapper) != nil || wrapper == nil {
		return nil, errors.New("the answer is not a list")
	}
	var found []json.RawMessage
	for key, member := range wrapper {
		if slices.Contains(wrapperNames(), plain(key)) && bytes.HasPrefix(member, []byte("[")) {
			found = append(found, member)
		}
	}
	switch {
	case len(found) != 1:
		return nil, fmt.Errorf("the answer is an object without a recognizable list of tokens; its keys are %s", keysOf(wrapper))
	case !isWhole(wrapper, found[0]):
		return nil, fmt.Errorf("the list is incomplete, or reports an error; its keys are %s", keysOf(wrapper))
	}
	return found[0], nil
}

// isWhole refuses a wrapped list that tells of an error, or of more records than it holds: a token that such a list lacks may be
// there all the same. The vendor documents neither.
func isWhole(wrapper map[string]json.RawMessage, list json.RawMessage) bool {
	held := strconv.Itoa(rows(list))
	for key, member := range wrapper {
		value := scalar(member)
		switch plain(key) {
		case "error", "errors", "errormessage", "next", "nextpage", "nextpagetoken", "nextcursor", "hasmore", "hasnext":
			if value != nil && value != "" && value != false && !isEmptyList(member) {
				return false
			}
		case "total", "totalcount", "totalitems", "totalelements", "totalresults":
			if value != nil && string(member) != held {
				return false
			}
		}
	}
	return true
}

func isEmptyList(raw json.RawMessage) bool {
	return raw[0] == '[' && len(bytes.TrimSpace(raw[1:len(raw)-1])) == 0
}

// rows is how many elements a list has, as far as they may be read.
func rows(list json.RawMessage) int {
	decoder := json.NewDecoder(bytes.NewReader(list))
	_, _ = decoder.Token()
	count := 0
	var row json.RawMessage
	for count <= rest.RowLimit && decoder.More() && decoder.Decode(&row) == nil {
		count++
	}
	return count
}

func keysOf(object map[string]json.RawMessage) string {
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
