package rest_test

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestLog holds what a run writes at trace level: a line a try with fixed fields, and nothing of bodies, headers, ids and
// secrets.
func TestLog(t *testing.T) {
	t.Setenv("TF_LOG_PROVIDER_MINT_ACME", "TRACE")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		ctx := tflogtest.RootLogger(t.Context(), &log)
		d, tries := &desk{}, 0
		api := offline(t, func(r *http.Request) (*http.Response, error) {
			switch tries++; tries {
			case 1:
				return reply(r, 429, plain, "Retry-After", "3"), nil
			case 2:
				written(r)
				return nil, &url.Error{Op: "Get", URL: "https://acme.example.com/tokens/" + plain, Err: io.EOF}
			default:
				return reply(r, 200, `{"secret": "`+plain+`"}`, "X-Request-ID", "r1", "Set-Cookie", plain), nil
			}
		}, func(o *rest.Options) {
			o.Session = d.session()
			o.Session.Put = func(r *http.Request, _ rest.Secret) { r.Header.Set("Authorization", plain) }
		})
		api.Redactor().Add(rest.NewSecret(plain))
		call := &rest.Call{
			Method: "PUT", Route: "/tokens/{id}", Params: map[string]string{"id": "an-id"}, Query: url.Values{"q": {plain}},
			Body: []byte(plain), Effect: rest.Sets,
		}
		if _, err := api.Do(ctx, call); err != nil {
			t.Fatal(err)
		}
		text := log.String()
		for _, unwanted := range []string{plain, "an-id", "Authorization", "Cookie"} {
			if bytes.Contains(log.Bytes(), []byte(unwanted)) {
				t.Errorf("the log holds %q:\n%s", unwanted, text)
			}
		}
		checkLines(t, &log)
	})
}

func checkLines(t *testing.T, log io.Reader) {
	t.Helper()
	lines, err := tflogtest.MultilineJSONDecode(log)
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		level, message string
		fields         map[string]any
	}{
		{"debug", "request answered", map[string]any{"attempt": 1.0, "status": 429.0, "request_id": ""}},
		{"warn", "the server limits requests; pausing all of them", map[string]any{"retry_after": "3s", "pause": "3s"}},
		{"warn", "request without an answer", map[string]any{"attempt": 2.0}},
		{"debug", "request answered", map[string]any{"attempt": 3.0, "status": 200.0, "request_id": "r1"}},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	for i, w := range want {
		line := lines[i]
		if line["@level"] != w.level || line["@message"] != w.message || line["route"] != "/tokens/{id}" || line["system"] != "acme" {
			t.Errorf("line %d: %v", i, line)
		}
		for field, value := range w.fields {
			if line[field] != value {
				t.Errorf("line %d: %s is %v, want %v", i, field, line[field], value)
			}
		}
		if _, timed := line["duration_ms"]; w.message != want[1].message && (!timed || line["method"] != "PUT") {
			t.Errorf("line %d lacks the method or the duration: %v", i, line)
		}
	}
}
