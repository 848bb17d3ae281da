package untrusted_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/untrusted"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`[]`: true, ` {"a": [1, {"b": null}], "B": "c"} `: true, `{"a": {"b": 1}, "c": {"b": 1}}`: true,
		``: false, `[`: false, `[1`: false, `[] []`: false, `[]]`: false, `{"a": 1, "a": 1}`: false, `[{"a": 1, "\u0061": 2}]`: false, `{"a"}`: false, `[1,]`: false,
	} {
		if _, err := untrusted.Parse([]byte(text)); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	value, err := untrusted.Parse([]byte(`{"Data": [], "items": [1], "DATA": []}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, found := untrusted.Named(value, "data"); found {
		t.Error("two members are one")
	}
	if items, found := untrusted.Named(value, "items"); !found || untrusted.IsEmptyList(items) {
		t.Errorf("items: %v", items)
	}
	if empty, _ := untrusted.Parse([]byte(` [ ] `)); !untrusted.IsEmptyList(empty) || untrusted.IsEmptyList(nil) {
		t.Errorf("%v", empty)
	}
}

func TestCheckMessage(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"täxt": true, "a longer one": false, "\x1b[1m": false, "\u202e": false, "\xff": false, "a secret": false, "": true,
	} {
		if err := untrusted.CheckMessage(message, 8, "secret", ""); (err == nil) != want {
			t.Errorf("%q: %v", message, err)
		}
	}
}
