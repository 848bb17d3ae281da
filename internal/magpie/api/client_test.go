package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// host answers as the tests script it, and keeps what it was asked.
type host struct {
	mu     sync.Mutex
	asked  []string
	bodies []string
	labels []string
	// answers are bodies by method and path; a number before a space is the status.
	answers map[string]string
	now     time.Time
	// sleeps happens before each pause; nil is nothing.
	sleeps func()
}

func (h *host) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	at := r.Method + " " + strings.TrimPrefix(r.URL.EscapedPath(), root)
	h.asked, h.bodies = append(h.asked, at), append(h.bodies, string(body))
	h.labels = append(h.labels, r.Header.Get("Content-Type")+"|"+r.Header.Get("Authorization")+"|"+r.Header.Get("Cookie"))
	answer, known := h.answers[at]
	if !known {
		w.WriteHeader(http.StatusNotFound)
	}
	_, _ = io.WriteString(w, answer)
}

func (h *host) set(at, answer string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answers[at] = answer
}

func (h *host) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

func (h *host) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func connect(t *testing.T, credential Credential) (*Client, *host) {
	t.Helper()
	h := &host{answers: map[string]string{"POST /login": `{"token": "session-value"}`}, now: time.Now()}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{Credential: credential, HTTP: rest.Options{
		System: "magpie", Title: "Silectis Magpie", BaseURL: base, Transport: http.DefaultTransport, Timeout: time.Minute,
		Now: h.clock, Redactor: &rest.Redactor{},
		Sleep: func(ctx context.Context, pause time.Duration) error {
			if h.sleeps != nil {
				h.sleeps()
			}
			h.advance(pause)
			return ctx.Err()
		},
	}}), h
}

func byToken() Credential { return Credential{AccessToken: rest.NewSecret("access-token-value")} }

// TestClient_requests holds every request to the vendor's pages, and to the readings of their slips.
func TestClient_requests(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	const label = "|token session-value|"
	for want, call := range map[string]func(*Client) error{
		"GET /access-token":                        func(c *Client) error { _, err := c.List(ctx, Own); return err },
		"GET /access-token/user/a%2Fb%20%2B%C3%BC": func(c *Client) error { _, err := c.List(ctx, "a/b +ü"); return err },
		"POST /access-token":                       func(c *Client) error { _, err := c.Create(ctx, Own); return err },
		"POST /access-token/user/u%40x":            func(c *Client) error { _, err := c.Create(ctx, "u@x"); return err },
		"POST /access-token/rotate/u%2Bv":          func(c *Client) error { _, err := c.Rotate(ctx, "u+v"); return err },
		"PUT /access-token/17/status/true":         func(c *Client) error { return c.SetDisabled(ctx, "17", true) },
		"PUT /access-token/17/status/false":        func(c *Client) error { return c.SetDisabled(ctx, "17", false) },
		"PUT /access-token/1%2F7/description":      func(c *Client) error { return c.SetDescription(ctx, "1/7", "täxt & more") },
		// The page's sample for a delete ends in "/description": that would leave the token alive.
		"DELETE /access-token/17": func(c *Client) error { return c.Delete(ctx, "17") },
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			c, h := connect(t, byToken())
			answer := `{"token": "minted-value", "id": 9007199254740993}`
			if strings.HasPrefix(want, "GET") {
				answer = `[{"id": 1}]`
			}
			h.set(strings.Replace(want, "u%40x", "u@x", 1), answer)
			err := call(c)
			if got := h.asked; len(got) != 2 || got[0] != "POST /login" || !samePath(got[1], want) || err != nil {
				t.Fatalf("asked %q: %v", got, err)
			}
			body, kind := "", ""
			if strings.HasSuffix(want, "/description") {
				body, kind = "täxt & more", "text/plain; charset=utf-8"
			}
			if h.bodies[1] != body || h.labels[1] != kind+label {
				t.Errorf("sent %q labelled %q", h.bodies[1], h.labels[1])
			}
		})
	}
}

// samePath compares requests without regard to which characters are escaped that need not be.
func samePath(a, b string) bool {
	return strings.Replace(a, "@", "%40", 1) == strings.Replace(b, "@", "%40", 1)
}

func TestClient_login(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		credential Credential
		want       map[string]string
	}{
		{byToken(), map[string]string{"token": "access-token-value"}},
		{Credential{Username: "u", Password: rest.NewSecret("password-value")}, map[string]string{"username": "u", "password": "password-value"}},
	} {
		client, h := connect(t, c.credential)
		if err := client.Ready(t.Context()); err != nil {
			t.Error(err)
		}
		var got map[string]string
		if err := json.Unmarshal([]byte(h.bodies[0]), &got); err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) || h.labels[0] != "application/json||" {
			t.Errorf("sent %v %q: %v", got, h.labels[0], err)
		}
	}
	ready, h := connect(t, Credential{SessionToken: rest.NewSecret("session-given")})
	h.set("GET /access-token", "[]")
	if _, err := ready.List(t.Context(), Own); err != nil || len(h.asked) != 1 || h.labels[0] != "|token session-given|" {
		t.Errorf("asked %v %v: %v", h.asked, h.labels, err)
	}
}

func TestClient_mint(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		`{"token": "minted-value"}`:                                      "",
		`{"token": "minted-value", "id": 9007199254740993}`:              "9007199254740993",
		`{"token": "minted-value", "tokenId": "a-b"}`:                    "a-b",
		`{"token": "minted-value", "id": {"value": 1}, "note": "about"}`: "",
	} {
		c, h := connect(t, byToken())
		h.set("POST /access-token", answer)
		minted, err := c.Create(t.Context(), Own)
		if err != nil || minted.ID != want || minted.Token.Reveal() != "minted-value" || minted.At.IsZero() {
			t.Errorf("%s: %+v %v", answer, minted, err)
		}
		if c.rest.Redactor().Redact("minted-value") == "minted-value" {
			t.Errorf("%s: the token is not redacted", answer)
		}
	}
	for _, answer := range []string{`{}`, `{"token": null}`, `{"token": ""}`, `{"token": 17}`, `"minted-value"`, ``, `<html>`, `[]`} {
		c, h := connect(t, byToken())
		h.set("POST /access-token", answer)
		if _, err := c.Create(t.Context(), Own); err == nil || !rest.MayHaveExecuted(err) || strings.Contains(err.Error(), "minted-value") {
			t.Errorf("%s: %v", answer, err)
		}
		if got := len(h.asked); got != 2 {
			t.Errorf("%s: %d requests", answer, got)
		}
	}
}

// TestClient_listRecently returns the copy while it is young enough to compare with, and remembers every ID that any list has shown.
func TestClient_listRecently(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c, h := connect(t, byToken())
	lists := func() int {
		return len(slices.DeleteFunc(slices.Clone(h.asked), func(at string) bool { return !strings.HasPrefix(at, "GET") }))
	}
	ids := func() []string {
		tokens, err := c.Recent(ctx, Own)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, token := range tokens {
			ids = append(ids, token.ID)
		}
		return ids
	}
	h.set("GET /access-token", `[{"id": 1}, {"id": 2}]`)
	first := ids()
	h.set("GET /access-token", `[{"id": 2}, {"id": 3}]`)
	h.advance(5 * time.Second)
	if second := ids(); !slices.Equal(first, []string{"1", "2"}) || !slices.Equal(second, first) || lists() != 1 {
		t.Errorf("%v, then %v, %d lists", first, second, lists())
	}
	h.advance(time.Second)
	if third := ids(); !slices.Equal(third, []string{"2", "3"}) || lists() != 2 {
		t.Errorf("%v, %d lists", third, lists())
	}
	if seen := c.Seen(Own); len(seen) != 3 || len(c.Seen("somebody")) != 0 {
		t.Errorf("seen: %v", seen)
	}
	c.Drop(Own, "2")
	c.Drop(Own, "2")
	if now := ids(); !slices.Equal(now, []string{"3"}) || lists() != 2 {
		t.Errorf("%v, %d lists", now, lists())
	}
}

// TestClient_accountNotFound takes an account for gone only if the caller's own list works.
func TestClient_accountNotFound(t *testing.T) {
	t.Parallel()
	c, _ := connect(t, byToken())
	_, err := c.List(t.Context(), "robot")
	if err == nil || errors.Is(err, ErrNoAccount) {
		t.Errorf("without an own list: %v", err)
	}
	c, h := connect(t, byToken())
	h.set("GET /access-token", `[{"id": 1}]`)
	if _, err := c.List(t.Context(), "robot"); !errors.Is(err, ErrNoAccount) {
		t.Errorf("with an own list: %v", err)
	}
	h.set("GET /access-token/user/robot", "[]")
	if _, err := c.Refresh(t.Context(), "robot"); err != nil {
		t.Errorf("once it is there: %v", err)
	}
}

// TestClient_accountNotFoundForAMoment: a few answers of 404 do not make an account disappear, and its tokens with it.
func TestClient_accountNotFoundForAMoment(t *testing.T) {
	t.Parallel()
	c, h := connect(t, byToken())
	h.set("GET /access-token", `[{"id": 1}]`)
	pauses := 0
	h.sleeps = func() {
		if pauses++; pauses == 3 {
			h.set("GET /access-token/user/robot", `[{"id": 7}]`)
		}
	}
	tokens, err := c.List(t.Context(), "robot")
	if err != nil || len(tokens) != 1 || tokens[0].ID != "7" {
		t.Errorf("%v, %v", tokens, err)
	}
	if looks := slices.Index(h.asked, "GET /access-token"); looks < 0 || pauses != 3 {
		t.Errorf("%d pauses, asked %q", pauses, h.asked)
	}
}

// TestClient_lockAccount lets one mint for an account at a time, and a stopped run stop waiting.
func TestClient_lockAccount(t *testing.T) {
	t.Parallel()
	c, _ := connect(t, byToken())
	unlock, err := c.LockAccount(t.Context(), "robot")
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.LockAccount(t.Context(), Own)
	if err != nil {
		t.Fatal(err)
	}
	other()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := c.LockAccount(stopped, "robot"); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped run: %v", err)
	}
	unlock()
	if _, err := c.LockAccount(t.Context(), "robot"); err != nil {
		t.Errorf("after the unlock: %v", err)
	}
}

func TestIsPathName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{"": false, ".": false, "..": false, "...": true, "a/b": true, " ": true} {
		if IsPathName(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
}
