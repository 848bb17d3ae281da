package fakeapi_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func TestFront_plainAnswer(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.stage.Clock.Advance(48 * time.Hour)
	response, body, err := b.send("POST", "/words/a%2Fb", "hello")
	if err != nil || response.StatusCode != http.StatusCreated || body != `{"added": true}` {
		t.Fatalf("%v %v %q", response, err, body)
	}
	if response.Header.Get("Toy") != "yes" {
		t.Error("the system's header is missing")
	}
	date, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil || date.Sub(b.stage.Clock.Now()).Abs() > 3*time.Second {
		t.Errorf("Date %q is not the clock's", response.Header.Get("Date"))
	}
	entries := b.stage.Journal.Entries()
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	got := entries[0]
	if got.At.Sub(date).Abs() > 3*time.Second {
		t.Errorf("At is %s", got.At)
	}
	got.At = time.Time{}
	want := fakeapi.Entry{System: "toy", Method: "POST", Route: "/words/{id}", Path: "/words/a/b", Status: 201, Caller: "me"}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if b.system.all() != "hello" {
		t.Errorf("stored %q", b.system.all())
	}
}

func TestFront_unknownRoutes(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.fault("drop-before")
	for _, c := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/nothing", 404},
		{"GET", "/words/", 404},
		{"GET", "//words", 404},
		{"POST", "/words/a/b", 404},
		{"DELETE", "/words", 405},
	} {
		response, body, err := b.send(c.method, c.path, "")
		if err != nil || response.StatusCode != c.status || body != `{"toy": "error"}` {
			t.Errorf("%s %s: %v %v %q", c.method, c.path, response, err, body)
		}
	}
	if n := b.stage.Journal.Count(fakeapi.Filter{System: "toy"}); n != 5 {
		t.Errorf("%d entries", n)
	}
	if len(b.stage.Faults.Pending()) != 1 {
		t.Error("an unknown route used up a fault")
	}
}

func TestFront_tooLargeBody(t *testing.T) {
	t.Parallel()
	b := start(t)
	if response, _, err := b.send("POST", "/words/a", strings.Repeat("x", 2<<20)); err == nil && response.StatusCode != 413 {
		t.Errorf("status %d", response.StatusCode)
	}
	if b.system.all() != "" {
		t.Error("a cut body was stored")
	}
}

func TestFaults_kinds(t *testing.T) {
	t.Parallel()
	const plain, page = `{"added": true}`, "<!DOCTYPE html>"
	for _, c := range []struct {
		word    string
		done    bool
		broken  bool // the client gets an error instead of a whole answer
		status  int
		begins  string
		journal int
	}{
		{word: "status:503", status: 503, begins: `{"toy": "error"}`, journal: 503},
		{word: "429", status: 429, begins: `{"toy": "error"}`, journal: 429},
		{word: "429:7", status: 429, begins: `{"toy": "error"}`, journal: 429},
		{word: "429-date:7", status: 429, begins: `{"toy": "error"}`, journal: 429},
		{word: "drop-before", broken: true},
		{word: "drop-after", done: true, broken: true},
		{word: "status-after:502", done: true, status: 502, begins: page, journal: 502},
		{word: "504-after", done: true, status: 504, begins: page, journal: 504},
		{word: "truncate", done: true, broken: true, status: 201, begins: plain[:7], journal: 201},
		{word: "truncate-silent", done: true, status: 201, begins: plain[:7], journal: 201},
		{word: "html", status: 200, begins: page, journal: 200},
		{word: "html-after", done: true, status: 200, begins: page, journal: 200},
		{word: "slow:20ms", done: true, status: 201, begins: plain, journal: 201},
		{word: "redirect:https://elsewhere.example/", status: 302, journal: 302},
	} {
		t.Run(c.word, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.fault(c.word)
			response, body, err := b.send("POST", "/words/a", "hello")
			if (err != nil) != c.broken {
				t.Fatalf("error %v", err)
			}
			if c.status != 0 && response.StatusCode != c.status {
				t.Errorf("status %d", response.StatusCode)
			}
			if !strings.HasPrefix(body, c.begins) || c.begins == plain[:7] && len(body) != 7 {
				t.Errorf("body %q", body)
			}
			if done := b.system.all() == "hello"; done != c.done {
				t.Errorf("done is %v", done)
			}
			entry := b.stage.Journal.Entries()[0]
			if entry.Fault != c.word || entry.Status != c.journal || entry.Caller != "me" {
				t.Errorf("journal: %+v", entry)
			}
			if response, _, err := b.send("POST", "/words/b", "again"); err != nil || response.StatusCode != 201 {
				t.Errorf("the next request: %v %v", response, err)
			}
			if n := b.stage.Journal.Count(fakeapi.Filter{}); n != 2 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestFaults_retryAfter(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.stage.Clock.Advance(24 * time.Hour)
	b.fault("429")
	b.fault("429:7")
	b.fault("429-date:7")
	var got []string
	for range 3 {
		response, _, err := b.send("GET", "/words", "")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, response.Header.Get("Retry-After"))
	}
	if got[0] != "" || got[1] != strconv.Itoa(7) {
		t.Errorf("Retry-After: %q", got)
	}
	date, err := http.ParseTime(got[2])
	if ahead := date.Sub(b.stage.Clock.Now()); err != nil || ahead < 4*time.Second || ahead > 8*time.Second {
		t.Errorf("Retry-After: %q", got[2])
	}
}

func TestFaults_redirectLocation(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.fault("redirect:https://elsewhere.example/x")
	response, _, err := b.send("GET", "/words", "")
	if err != nil || response.Header.Get("Location") != "https://elsewhere.example/x" {
		t.Errorf("%v %v", response, err)
	}
}

func TestFaults_slow(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.fault("slow:200ms")
	begin := time.Now()
	if _, _, err := b.send("GET", "/words", ""); err != nil || time.Since(begin) < 200*time.Millisecond {
		t.Errorf("answered after %s: %v", time.Since(begin), err)
	}
}

func TestFaults_hang(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"hang": "", "hang-after": "hello"} {
		b := start(t)
		b.fault(word)
		// The client gives up once the fault has met its request, however long that takes.
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, b.url+"/words/a", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer cancel()
			for ctx.Err() == nil && (len(b.stage.Journal.Entries()) == 0 || b.system.all() != want) {
				time.Sleep(time.Millisecond)
			}
		}()
		response, err := b.client.Do(request)
		if err == nil {
			response.Body.Close()
			t.Errorf("%s: answered %d", word, response.StatusCode)
		}
		cancel()
		if b.system.all() != want {
			t.Errorf("%s: stored %q", word, b.system.all())
		}
		if e := b.stage.Journal.Entries(); len(e) != 1 || e[0].Status != 0 || e[0].Fault != word {
			t.Errorf("%s: journal %+v", word, e)
		}
	}
}

func TestFaults_lag(t *testing.T) {
	t.Parallel()
	b := start(t)
	words := func() string {
		t.Helper()
		_, body, err := b.send("GET", "/words", "")
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	for _, id := range []string{"a", "b"} {
		if _, _, err := b.send("POST", "/words/"+id, id); err != nil {
			t.Fatal(err)
		}
	}
	b.fault("lag:2")
	if _, _, err := b.send("POST", "/words/c", "c"); err != nil {
		t.Fatal(err)
	}
	got := []string{words(), words(), words()}
	want := []string{`{"words": "a b"}`, `{"words": "a b"}`, `{"words": "a b c"}`}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("list %d: %s instead of %s", i, got[i], want[i])
		}
	}
}
