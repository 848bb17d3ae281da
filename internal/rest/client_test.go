package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// always is a server that gives one answer.
func always(status int, body string, headers ...string) transport {
	return func(r *http.Request) (*http.Response, error) { return reply(r, status, body, headers...), nil }
}

// TestRedirect is never followed, and names the other host: a redirect would hand the credential over.
func TestRedirect(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for location, want := range map[string]string{
			"https://other.example.com/login?next=1": "the server redirects elsewhere (to other.example.com); redirects are never followed",
			"/elsewhere":                             "the server redirects elsewhere; redirects are never followed",
			"":                                       "the server redirects elsewhere; redirects are never followed",
		} {
			s := &seen{}
			_, err := offline(t, func(r *http.Request) (*http.Response, error) {
				s.note(r)
				return reply(r, status, `{"message": "ignored"}`, "Location", location), nil
			}).Do(t.Context(), mint())
			e := failure(t, err)
			if e.Kind != rest.Malformed || e.Status != status || e.Message != want || !e.Executed || s.count() != 1 {
				t.Errorf("%d to %q: %d requests, %+v", status, location, s.count(), e)
			}
		}
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	const far = time.Hour
	cases := map[string]struct {
		headers func() []string
		skew    time.Duration
	}{
		"no date":        {func() []string { return nil }, 0},
		"unreadable":     {func() []string { return []string{"Date", "today"} }, 0},
		"server ahead":   {func() []string { return []string{"Date", httpDate(far)} }, far},
		"server behind":  {func() []string { return []string{"Date", httpDate(-far)} }, -far},
		"within 2 s":     {func() []string { return []string{"Date", httpDate(2 * time.Second)} }, 0},
		"past a cache":   {func() []string { return []string{"Date", httpDate(far), "Age", "0"} }, far},
		"stale":          {func() []string { return []string{"Date", httpDate(-far), "Warning", `110 - "stale"`} }, 0},
		"out of a cache": {func() []string { return []string{"Date", httpDate(-far), "Age", "3600"} }, 0},
	}
	for name, c := range cases {
		for _, status := range []int{200, 404} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := offline(t, always(status, "{}", c.headers()...))
					if got := time.Until(api.Now()); got != 0 {
						t.Errorf("%s before the first answer", got)
					}
					// An error may come from anything between here and the server.
					want := c.skew
					if status != 200 {
						want = 0
					}
					_, _ = api.Do(t.Context(), get("/tokens"))
					if got := time.Until(api.Now()); got != want {
						t.Errorf("skew %s after %d, want %s", got, status, want)
					}
					time.Sleep(time.Minute)
					if got := time.Until(api.Now()); got != want {
						t.Errorf("skew %s a minute later", got)
					}
				})
			})
		}
	}
}

// TestNowForgets: the newest answer counts.
func TestNowForgets(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		after := time.Hour
		api := offline(t, func(r *http.Request) (*http.Response, error) {
			return reply(r, 200, "{}", "Date", httpDate(after)), nil
		})
		for _, after = range []time.Duration{time.Hour, 0, -time.Hour} {
			if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
				t.Fatal(err)
			}
			if got := time.Until(api.Now()); got != after {
				t.Errorf("skew %s, want %s", got, after)
			}
		}
	})
}

// TestNowOfAnError: a page from something in between does not move the clock that the API has told.
func TestNowOfAnError(t *testing.T) {
	t.Parallel()
	for _, status := range []int{302, 404, 429, 502} {
		synctest.Test(t, func(t *testing.T) {
			s := &seen{}
			api := offline(t, func(r *http.Request) (*http.Response, error) {
				if s.note(r) == 1 {
					return reply(r, 200, "{}", "Date", httpDate(time.Hour)), nil
				}
				return reply(r, status, "<html>", "Date", httpDate(-10*365*24*time.Hour), "Retry-After", "600"), nil
			})
			if _, err := api.Do(t.Context(), get("/tokens")); err != nil {
				t.Fatal(err)
			}
			if _, err := api.Do(t.Context(), mint()); err == nil {
				t.Fatal("the page is taken for an answer")
			}
			if got := time.Until(api.Now()); got != time.Hour {
				t.Errorf("skew %s after %d", got, status)
			}
		})
	}
}

func TestDeprecated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers []string
		want    bool
	}{
		"none":         {nil, false},
		"X-Deprecated": {[]string{"X-Deprecated", "true"}, true},
		"in capitals":  {[]string{"X-Deprecated", "TRUE"}, true},
		"false":        {[]string{"X-Deprecated", "false"}, false},
		"Deprecation":  {[]string{"Deprecation", "@1688169599"}, true},
	} {
		for _, status := range []int{200, 403} {
			api := offline(t, always(status, "{}", c.headers...))
			before := api.Deprecated()
			_, _ = api.Do(t.Context(), get("/tokens"))
			if before || api.Deprecated() != c.want {
				t.Errorf("%s with %d: before %t, after %t", name, status, before, api.Deprecated())
			}
		}
	}
}

// TestDecode: what cannot be decoded is described without a word of the body.
func TestDecode(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ body, kind, want string }{
		"HTML":            {"<html>" + plain + "</html>", "text/html; charset=utf-8", "the answer is an HTML page, not JSON"},
		"empty":           {"", "application/json", "the answer is empty"},
		"text":            {plain, "text/plain", "the answer is not JSON, or broke off (after 1 of 23 bytes)"},
		"broken off":      {`{"id": "1", "secret": "` + plain, "", "broke off (after 46 of 46 bytes)"},
		"another type":    {`{"id": ["` + plain + `"]}`, "", `the answer's field "id" is a JSON array where the API promises another type`},
		"nested":          {`{"inner": {"count": "` + plain + `"}}`, "", `field "inner.count" is a JSON string`},
		"number":          {`{"id": 12345678}`, "", `field "id" is a JSON number`},
		"fraction":        {`{"inner": {"count": 12345678.5}}`, "", `field "inner.count" is a JSON number where`},
		"too large":       {`{"inner": {"count": 1234567800000000000000000000}}`, "", `field "inner.count" is a JSON number where`},
		"the whole":       {`"` + plain + `"`, "", "the answer is a JSON string where the API promises another type"},
		"secret":          {`{"secret": 12345678}`, "", "the answer is not the JSON that the API promises"},
		"two values":      {`{"id": "1"} ` + plain, "", "the answer is not JSON, or broke off"},
		"time":            {`{"at": "` + plain + `"}`, "", "the answer is not the JSON that the API promises"},
		"HTML, no header": {"<!DOCTYPE html>" + plain, "", "the answer is not JSON"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, call := offline(t, always(200, c.body, "Content-Type", c.kind, "X-Request-ID", "r1")), mint()
			answer, err := api.Do(t.Context(), call)
			if err != nil {
				t.Fatal(err)
			}
			var into struct {
				ID     string      `json:"id"`
				Secret rest.Secret `json:"secret"`
				Inner  struct {
					Count int `json:"count"`
				} `json:"inner"`
				At time.Time `json:"at"`
			}
			e := failure(t, api.Decode(call, answer, &into))
			if e.Kind != rest.Malformed || !e.Executed || e.Status != 200 || e.RequestID != "r1" || !strings.Contains(e.Message, c.want) {
				t.Errorf("got %+v, want %s", e, c.want)
			}
			if text := e.Error(); leaks(text) || strings.Contains(text, "12345678") {
				t.Errorf("the body is quoted: %s", text)
			}
		})
	}
}

func TestDecodeWell(t *testing.T) {
	t.Parallel()
	api, call := offline(t, always(200, `{"id": "1", "more": [1]}`)), get("/tokens")
	answer, err := api.Do(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	var into struct{ ID string }
	if err := api.Decode(call, answer, &into); err != nil || into.ID != "1" {
		t.Errorf("got %q, %v", into.ID, err)
	}
}

// TestErrorsAreClean: redacted, on one line, and cut, whichever field the server put the secret into.
func TestErrorsAreClean(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ä ", 400)
	for _, status := range []int{400, 429, 500, 302} {
		body, err := json.Marshal(map[string]string{"code": "code " + plain, "message": "bad\n\t" + plain + " " + long})
		if err != nil {
			t.Fatal(err)
		}
		api := offline(t, always(status, string(body),
			"X-Request-ID", "id-"+plain, "Retry-After", "1000", "Location", "https://"+plain+".example.com/"))
		api.Redactor().Add(rest.NewSecret(plain))
		_, err = api.Do(t.Context(), mint())
		e := failure(t, err)
		for field, text := range map[string]string{"message": e.Message, "code": e.Code, "request id": e.RequestID, "text": e.Error()} {
			if leaks(text) || strings.ContainsAny(text, "\n\t") || len([]rune(text)) > 700 {
				t.Errorf("%d: %s: %s", status, field, text)
			}
		}
		if status < 400 {
			continue
		}
		if !strings.HasPrefix(e.Message, "bad (sensitive value) word ä ") || !strings.HasSuffix(e.Message, "…") {
			t.Errorf("%d: %s", status, e.Message)
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	_, err := offline(t, always(404, "", "X-Request-ID", "r1")).Do(t.Context(), &rest.Call{
		Method: "DELETE", Route: "/tokens/{id}", Params: map[string]string{"id": "an-id"}, Effect: rest.Sets,
	})
	e := failure(t, err)
	if err.Error() != "DELETE /tokens/{id}: 404: Not Found" || e.System != "Acme" || e.Host != "acme.example.com" || e.RequestID != "r1" {
		t.Errorf("%v: %+v", err, e)
	}
	if !rest.IsNotFound(err) || rest.IsBadRequest(err) || rest.MayHaveExecuted(err) {
		t.Error("a 404 is judged wrongly")
	}
	if rest.IsNotFound(nil) || rest.MayHaveExecuted(nil) {
		t.Error("no error is judged to be one")
	}
}

// TestClientSleep: a client waits by the clock that it is given; the machine's ends with the context.
func TestClientSleep(t *testing.T) {
	t.Parallel()
	var waited time.Duration
	injected := client(t, "https://acme.example", nil, func(o *rest.Options) {
		o.Sleep = func(_ context.Context, d time.Duration) error {
			waited += d
			return nil
		}
	})
	if err := injected.Sleep(t.Context(), time.Hour); err != nil || waited != time.Hour {
		t.Errorf("%s, %v", waited, err)
	}
	machine := client(t, "https://acme.example", nil)
	if err := machine.Sleep(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := machine.Sleep(stopped, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
