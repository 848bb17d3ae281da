package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const plain = "s3cr3t-value-0123456789"

// leaks reports whether a text holds the secret in the clear or as any verb might spell it.
func leaks(text string) bool {
	for _, spelling := range []string{plain, fmt.Sprintf("%x", plain), fmt.Sprintf("%X", plain), fmt.Sprintf("%v", []byte(plain))} {
		if strings.Contains(text, spelling) {
			return true
		}
	}
	return false
}

func TestSecretNeverPrints(t *testing.T) {
	t.Parallel()
	type holder struct {
		Name   string
		Secret rest.Secret
		Inner  *rest.Secret
		Many   []rest.Secret
		ByName map[string]rest.Secret
		Any    any
	}
	s := rest.NewSecret(plain)
	h := holder{"a", s, &s, []rest.Secret{s}, map[string]rest.Secret{"a": s}, s}
	values := map[string]any{
		"value": s, "pointer": &s, "struct": h, "pointer to struct": &h, "slice": h.Many, "map": h.ByName,
		"array": [1]rest.Secret{s}, "anonymous": struct{ rest.Secret }{s},
	}
	verbs := []string{"%v", "%+v", "%#v", "%s", "%q", "%+q", "%x", "%X", "% x", "%#x", "%d", "%o", "%b", "%c", "%U", "%t", "%e", "%f", "%g", "%10.3s", "%-40v", "%z"}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, verb := range verbs {
				if text := fmt.Sprintf(verb, value); leaks(text) {
					t.Errorf("%s prints the secret: %s", verb, text)
				}
			}
			if text := fmt.Sprint(value) + fmt.Sprintln(value); leaks(text) {
				t.Errorf("Sprint prints the secret: %s", text)
			}
			if err := fmt.Errorf("failed with %v and %s", value, value); leaks(err.Error()) {
				t.Errorf("an error prints the secret: %s", err)
			}
			encoded, err := json.Marshal(value)
			if err != nil || leaks(string(encoded)) {
				t.Errorf("JSON: %s, %v", encoded, err)
			}
			var log bytes.Buffer
			for _, handler := range []slog.Handler{slog.NewJSONHandler(&log, nil), slog.NewTextHandler(&log, nil)} {
				slog.New(handler).With("kept", value).Info("message", "value", value, slog.Group("group", "value", value))
			}
			if leaks(log.String()) {
				t.Errorf("slog prints the secret: %s", log.String())
			}
		})
	}
}

func TestSecretReveals(t *testing.T) {
	t.Parallel()
	if s := rest.NewSecret(plain); s.Reveal() != plain || s.IsEmpty() || s.String() != "(sensitive value)" || s.GoString() != s.String() {
		t.Errorf("got %q, empty %t, %s", s.Reveal(), s.IsEmpty(), s)
	}
	if zero := (rest.Secret{}); zero.Reveal() != "" || !zero.IsEmpty() {
		t.Error("the zero value is not empty")
	}
}

func TestSecretFromJSON(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`"` + plain + `"`: plain, `null`: "", `""`: "", `"\u0041b"`: "Ab"} {
		s := rest.NewSecret("before")
		if err := json.Unmarshal([]byte(text), &s); err != nil || s.Reveal() != want {
			t.Errorf("%s: got %q, %v", text, s.Reveal(), err)
		}
	}
	for _, text := range []string{`12345678`, `true`, `["` + plain + `"]`, `{"` + plain + `": 1}`} {
		var s rest.Secret
		err := json.Unmarshal([]byte(text), &s)
		if err == nil || leaks(err.Error()) || strings.Contains(err.Error(), "12345678") {
			t.Errorf("%s: got %v", text, err)
		}
	}
}
