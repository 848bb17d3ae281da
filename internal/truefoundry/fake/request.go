package fake

import (
	"encoding/json"
	"io"
	"mime"
	"slices"
	"sort"
)

// object reads the request's JSON object. A property that the vendor does not know is refused, which a real control plane
// may not do: a misspelt optional field must not pass unnoticed.
func (c *call) object(known ...string) (map[string]json.RawMessage, *problem) {
	given, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || given != "application/json" {
		return nil, bad("The content type must be application/json")
	}
	body, _ := io.ReadAll(c.r.Body)
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, bad("The request body is not a JSON object")
	}
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, bad("property %s should not exist", name)
		}
	}
	return fields, nil
}

// optional reads a nullable string; null and a missing property are the same.
func optional(fields map[string]json.RawMessage, name string) (string, *problem) {
	value := fields[name]
	if len(value) == 0 || string(value) == "null" {
		return "", nil
	}
	var text string
	if json.Unmarshal(value, &text) != nil {
		return "", bad("%s must be a string", name)
	}
	return text, nil
}
