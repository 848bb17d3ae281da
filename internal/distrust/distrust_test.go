package distrust_test

import (
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`[]`: true, ` {"a": [1, {"b": null}], "B": "c"} `: true, `{"a": {"b": 1}, "c": {"b": 1}}`: true,
		``: false, `[`: false, `[1`: false, `[] []`: false, `[]]`: false, `{"a": 1, "a": 1}`: false, `[{"a": 1, "\u0061": 2}]`: false, `{"a"}`: false, `[1,]`: false,
	} {
		if _, err := distrust.Parse([]byte(text)); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	value, err := distrust.Parse([]byte(`{"Data": [], "items": [1], "DATA": []}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, found := distrust.Named(value, "data"); found {
		t.Error("two members are one")
	}
	if items, found := distrust.Named(value, "items"); !found || distrust.IsEmptyList(items) {
		t.Errorf("items: %v", items)
	}
	if empty, _ := distrust.Parse([]byte(` [ ] `)); !distrust.IsEmptyList(empty) || distrust.IsEmptyList(nil) {
		t.Errorf("%v", empty)
	}
}

func TestCheckMessage(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]bool{
		"täxt": true, "a longer one": false, "\x1b[1m": false, "\u202e": false, "\xff": false, "a secret": false, "": true,
	} {
		if err := distrust.CheckMessage(message, 8, "secret", ""); (err == nil) != want {
			t.Errorf("%q: %v", message, err)
		}
	}
}
