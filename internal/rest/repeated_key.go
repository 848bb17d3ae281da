package rest

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// keysOf are the keys that objects at one depth have had: for each the number of the last object that had it. Rows of a list share
// their keys, so that there are few.
type keysOf struct {
	exact  map[string]*int
	folded map[string]*int
}

// repeatedKey is a key that is twice in one object of a valid JSON text, if there is one. The decoder takes the last of them, so
// that a list which is there and empty at once would be read as empty. In the outermost object and the objects in it keys that differ
// in their case are the same, as they are for the decoder; below them are maps of a user's own words.
func repeatedKey(text []byte) (key string, isRepeated bool) {
	var (
		// open has the numbers of the objects around, and 0 for a list.
		open           []int
		objects, depth int
		atKey          bool
		known          []keysOf
	)
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{':
			objects++
			depth++
			open, atKey = append(open, objects), true
			if depth > len(known) {
				known = append(known, keysOf{map[string]*int{}, map[string]*int{}})
			}
		case '[':
			open, atKey = append(open, 0), false
		case '}', ']':
			if open[len(open)-1] > 0 {
				depth--
			}
			open, atKey = open[:len(open)-1], false
		case ',':
			atKey = open[len(open)-1] > 0
		case '"':
			end := i + stringLength(text[i:])
			if atKey && !known[depth-1].isNew(text[i:end], open[len(open)-1], depth <= 2) {
				return unquote(text[i:end]), true
			}
			i, atKey = end-1, false
		}
	}
	return "", false
}

// isNew notes that an object has a key, given with its quotes, and reports whether that is the first time.
func (k keysOf) isNew(raw []byte, object int, fold bool) bool {
	last := k.exact[string(raw)]
	if last == nil {
		name := unquote(raw)
		if fold {
			// Up and down again makes one of letters that the decoder takes for one.
			name = strings.ToLower(strings.ToUpper(name))
		}
		if last = k.folded[name]; last == nil {
			last = new(int)
			k.folded[name] = last
		}
		k.exact[string(raw)] = last
	}
	if *last == object {
		return false
	}
	*last = object
	return true
}

// stringLength is the length of the string with which a JSON text begins, with its quotes.
func stringLength(text []byte) int {
	for at := 1; ; {
		at += bytes.IndexAny(text[at:], `"\`)
		if text[at] == '"' {
			return at + 1
		}
		at += 2
	}
}

// unquote reads a JSON string. One without an escape, as most keys are, is not worth a decoder, which takes many times its size.
func unquote(raw []byte) string {
	if inner := raw[1 : len(raw)-1]; !bytes.Contains(inner, []byte(`\`)) && utf8.Valid(inner) {
		return string(inner)
	}
	var name string
	_ = json.Unmarshal(raw, &name)
	return name
}
