// Package distrust is what fuzz targets hold the decoders of untrusted input against: a strict reader of JSON that shares nothing with
// them, the memory that a call takes, and what a message may not contain.
package distrust

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Value is a JSON value: nil, a bool, a [json.Number], a string, a [List] or an [Object].
type Value any

// List is a JSON list.
type List []Value

// Object is a JSON object with its members in order.
type Object []Member

// Member is a key of an object with its value.
type Member struct {
	Key   string
	Value Value
}

var errRepeated = errors.New("an object has a key twice")

// Parse reads a text that is one JSON value and nothing else, in which no object has a key twice. Everything else is an error.
func Parse(text []byte) (Value, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	value, err := parse(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows the value")
	}
	return value, nil
}

func parse(decoder *json.Decoder) (Value, error) {
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := List{}
		for decoder.More() {
			value, err := parse(decoder)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err = decoder.Token()
		return list, err
	case json.Delim('{'):
		return parseObject(decoder)
	}
	return token, nil
}

func parseObject(decoder *json.Decoder) (Value, error) {
	object := Object{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		key, isText := token.(string)
		if !isText || slices.ContainsFunc(object, func(m Member) bool { return m.Key == key }) {
			return nil, errRepeated
		}
		value, err := parse(decoder)
		if err != nil {
			return nil, err
		}
		object = append(object, Member{key, value})
	}
	_, err := decoder.Token()
	return object, err
}

// Named returns the only member of an object whose key is one of the names, without regard to case; false where there is none or several.
func Named(value Value, names ...string) (Value, bool) {
	object, _ := value.(Object)
	found := slices.DeleteFunc(slices.Clone(object), func(m Member) bool {
		return !slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, m.Key) })
	})
	if len(found) != 1 {
		return nil, false
	}
	return found[0].Value, true
}

// IsEmptyList reports whether a value is a list without elements.
func IsEmptyList(value Value) bool {
	list, isList := value.(List)
	return isList && len(list) == 0
}

// Cost is how many bytes a call allocates, with what other goroutines allocate meanwhile.
func Cost(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Shapes are JSON texts of about a size in bytes, by what is in them, that take more memory than others when they are decoded. Each is a
// list, or a list under a key.
func Shapes(size int, key string) map[string][]byte {
	list := func(row func(number int) string) string {
		var text strings.Builder
		for number := 0; text.Len() < size; number++ {
			text.WriteString("," + row(number))
		}
		return text.String()[1:]
	}
	rows := map[string]string{
		"least rows":      list(func(n int) string { return fmt.Sprintf(`{"id":"%d","name":"n"}`, n) }),
		"empty rows":      list(func(int) string { return `{}` }),
		"numbers":         list(func(int) string { return `0` }),
		"lists":           list(func(int) string { return `[]` }),
		"one row of keys": `{"id":"1","name":"n",` + list(func(n int) string { return fmt.Sprintf(`"%d":0`, n) }) + `}`,
		"one long text":   `{"id":"1","name":"` + strings.Repeat(`\n`, size/2) + `"}`,
		"one list":        `{"id":"1","name":"n","scope":[` + list(func(int) string { return `""` }) + `]}`,
		"issued tokens":   `{"id":"1","name":"n","jwts":[` + list(func(int) string { return `{}` }) + `]}`,
		"one manifest":    `{"id":"1","name":"n","manifest":{` + list(func(n int) string { return fmt.Sprintf(`"%d":0`, n) }) + `}}`,
		"a deep row":      strings.Repeat(`{"a":`, min(size/6, 9000)) + "0" + strings.Repeat("}", min(size/6, 9000)),
	}
	shapes := map[string][]byte{}
	for name, text := range rows {
		shapes[name] = []byte("[" + text + "]")
		shapes[name+", wrapped"] = []byte(`{"` + key + `":[` + text + `]}`)
	}
	return shapes
}

// Bound is the most that a decoder may allocate for an input: a multiple of its size, and what it takes to begin with.
func Bound(size, multiple int) uint64 { return uint64(size)*uint64(multiple) + 1<<20 } //nolint:gosec // sizes are not negative

// CheckMessage says what is wrong with a message that a person reads: longer than a limit in characters, a character that a terminal
// obeys, or a secret in it.
func CheckMessage(message string, limit int, secrets ...string) error {
	if length := utf8.RuneCountInString(message); length > limit {
		return fmt.Errorf("the message has %d characters, more than %d", length, limit)
	}
	if at := strings.IndexFunc(message, func(r rune) bool { return !unicode.IsPrint(r) }); at >= 0 || !utf8.ValidString(message) {
		return fmt.Errorf("the message %q has a character that is not shown", message)
	}
	for _, secret := range secrets {
		if secret != "" && strings.Contains(message, secret) {
			return fmt.Errorf("the message %q has a secret", message)
		}
	}
	return nil
}
