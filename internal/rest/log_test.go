package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-log/tflog"
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

// TestLog_off: where logs are switched off none is written, and a call does no work for each secret of the run.
func TestLog_off(t *testing.T) {
	t.Setenv("TF_LOG_PROVIDER_MINT", "OFF")
	var log bytes.Buffer
	ctx := tflogtest.RootLogger(t.Context(), &log)
	allocations := func(secrets int) float64 {
		redactor := &rest.Redactor{}
		for i := range secrets {
			redactor.Add(rest.NewSecret(fmt.Sprintf("a-secret-of-the-run-%d", i)))
		}
		return testing.AllocsPerRun(100, func() {
			tflog.SubsystemWarn(rest.Logged(ctx, "acme", redactor), "rest", "a line", map[string]any{"field": "text"})
		})
	}
	if one, many := allocations(1), allocations(1000); many > one+1 {
		t.Errorf("%g allocations with a secret, %g with a thousand", one, many)
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log.String())
	}
	t.Setenv("TF_LOG_PROVIDER_MINT_ACME", "TRACE")
	allocations(1)
	if log.Len() == 0 {
		t.Error("a system's own level logs nothing")
	}
}

// TestRequestIDIsNoSecret: a server, or something in between, that puts a secret into the header of its request IDs does not put it into
// the log or an error, not even one that this very answer has brought.
func TestRequestIDIsNoSecret(t *testing.T) {
	t.Setenv("TF_LOG_PROVIDER_MINT_ACME", "TRACE")
	const minted, uuid = "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "2f1e4f50-7b11-4be0-9d4c-3f0f2c6b8a77"
	for name, c := range map[string]struct { //nolint:paralleltest // it sets a variable
		id, body string
		status   int
		// want is what is left of the request ID.
		want string
	}{
		"the session that the call has just obtained": {"id of a-bearer-0123456789", `{}`, 200, "id of (sensitive value)"},
		"the session in base64":                       {"id of YS1iZWFyZXItMDEyMzQ1Njc4OQ==", `{}`, 200, "id of (sensitive value)=="},
		"a short password":                            {"id of hunt2", `{}`, 200, "id of (sensitive value)"},
		"a secret in the same answer":                 {minted, `{"id":"1","secret":"` + minted + `"}`, 200, "(sensitive value)"},
		"a part of a secret in the same answer":       {"id-" + minted[4:20], `{"secret":"` + minted + `"}`, 201, "(sensitive value)"},
		"a request ID of just that length":            {minted[:12], `{"secret":"` + minted + `"}`, 200, "(sensitive value)"},
		"an answer that broke off":                    {"id-" + minted + "-1", `{"secret":"` + minted, 200, "(sensitive value)"},
		"no secret":                                   {uuid, `{"secret":"` + minted + `","at":"2f1e4f50"}`, 200, uuid},
		"an error that repeats it":                    {uuid, `{"message":"no","code":"c","trackingId":"` + uuid + `"}`, 400, uuid},
		"control characters":                          {"\x1b[31m" + uuid, `{}`, 200, `\x1b[31m` + uuid},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				var api *rest.Client
				api = offline(t, always(c.status, c.body, "X-Request-ID", c.id), func(o *rest.Options) {
					o.Redactor.Add(rest.NewSecret("hunt2"))
					o.Session = &rest.Session{Clock: time.Now, Put: func(*http.Request, rest.Secret) {}, LogIn: func(context.Context) (rest.Login, error) {
						bearer := rest.NewSecret("a-bearer-0123456789")
						api.Redactor().Add(bearer)
						return rest.Login{Credential: bearer}, nil
					}}
				})
				answer, err := api.Do(tflogtest.RootLogger(t.Context(), &log), mint())
				if err == nil {
					err = api.Malformed(mint(), answer, "the answer cannot be used")
				}
				if e := failure(t, err); e.RequestID != c.want {
					t.Errorf("the error tells the request ID %q, want %q", e.RequestID, c.want)
				}
				lines, err := tflogtest.MultilineJSONDecode(&log)
				if err != nil || len(lines) != 1 || lines[0]["request_id"] != c.want {
					t.Errorf("the log: %v, %v, want %q", lines, err, c.want)
				}
			})
		})
	}
}
