package rest_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// hostile are texts that a terminal would obey, or that Terraform cannot be told, with what is shown in their place.
func hostile() map[string]struct{ text, want string } {
	return map[string]struct{ text, want string }{
		"a colour (CSI)":           {"\x1b[31mred", `\x1b[31mred`},
		"the window's title (OSC)": {"\x1b]0;title\x07", `\x1b]0;title\a`},
		"a link (OSC 8)":           {"\x1b]8;;https://evil.example.com\x1b\\here", `\x1b]8;;https://evil.example.com\x1b\here`},
		"NUL":                      {"a\x00b", `a\x00b`},
		"backspaces":               {"no\b\byes", `no\b\byes`},
		"DEL":                      {"a\x7fb", `a\x7fb`},
		"CSI of C1":                {"\u009b31mred", `\u009b31mred`},
		"CSI of C1, one byte":      {"\x9b31mred", `\x9b31mred`},
		"bidi override":            {"txt.\u202eexe\u202c", `txt.\u202eexe\u202c`},
		"bidi isolate":             {"\u2066a\u2069", `\u2066a\u2069`},
		"a mark of direction":      {"a\u200fb\u061cc", `a\u200fb\u061cc`},
		"of no width":              {"pass\u200bword\ufeff", `pass\u200bword\ufeff`},
		"a tag":                    {"\U000e0041", `\U000e0041`},
		"a cut character":          {"caf\xc3", `caf\xc3`},
		"a line that starts over":  {"refused\r\x0bgranted", "refused granted"},
		"line separators":          {"a\u2028b\u0085c", "a b c"},
		"text of all kinds":        {`"C:\dir" – naïve, Übung, 日本語, 👍, العربية`, `"C:\dir" – naïve, Übung, 日本語, 👍, العربية`},
		"a mark of decoding":       {"caf\ufffd", "caf\ufffd"},
	}
}

// TestControlCharactersAreMadeVisible: what a server says cannot reach the terminal as a command, wherever it stands in the answer.
func TestControlCharactersAreMadeVisible(t *testing.T) {
	t.Parallel()
	for name, c := range hostile() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := offline(t, always(418, c.text, "X-Request-ID", c.text), func(o *rest.Options) {
				o.Explain = func(_ int, body []byte) (code, message string) { return string(body), string(body) }
			})
			_, err := api.Do(t.Context(), get("/tokens"))
			e := failure(t, err)
			refused := failure(t, api.LoginRefused("/login", c.text))
			malformed := api.Malformed(mint(), &rest.Answer{Header: http.Header{"X-Request-Id": {c.text}}}, c.text)
			for field, got := range map[string]string{
				"Message": e.Message, "Code": e.Code, "RequestID": e.RequestID, "of a refused login": refused.Message,
				"of a malformed answer": malformed.Message, "RequestID of a malformed answer": malformed.RequestID, "Clean": api.Clean(c.text),
			} {
				if got != c.want {
					t.Errorf("%s is %q, want %q", field, got, c.want)
				}
			}
		})
	}
}

// TestControlCharactersOfAFailure: the library's own errors quote a server, too.
func TestControlCharactersOfAFailure(t *testing.T) {
	t.Parallel()
	_, err := offline(t, func(*http.Request) (*http.Response, error) {
		return nil, errors.New("malformed answer \x1b[31m")
	}).Do(t.Context(), get("/tokens"))
	if e := failure(t, err); e.Message != `malformed answer \x1b[31m` {
		t.Errorf("got %q", e.Message)
	}
}
