package fakeapi_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func TestClock_concurrentAdvance(t *testing.T) {
	t.Parallel()
	clock := &fakeapi.Clock{}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			clock.Advance(time.Hour)
			_ = clock.Now()
		})
	}
	group.Wait()
	if ahead := time.Until(clock.Now()); ahead < 10*time.Hour-time.Minute || ahead > 10*time.Hour {
		t.Errorf("ahead by %s", ahead)
	}
}

func TestWhen(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 5, 1, 12, 0, 0, 0, time.UTC)
	for word, want := range map[string]string{
		`"-48h"`:                        "2030-04-29T12:00:00Z",
		`"90m"`:                         "2030-05-01T13:30:00Z",
		`"2031-01-02T03:04:05.5+01:00"`: "2031-01-02T02:04:05.5Z",
	} {
		var when fakeapi.When
		if err := json.Unmarshal([]byte(word), &when); err != nil {
			t.Fatal(err)
		}
		if got := when.At(now).Format(time.RFC3339Nano); got != want {
			t.Errorf("%s: %s instead of %s", word, got, want)
		}
	}
	var when fakeapi.When
	if err := json.Unmarshal([]byte(`""`), &when); err != nil || when.At(now) != nil {
		t.Errorf("an empty value: %v %v", err, when.At(now))
	}
	if err := json.Unmarshal([]byte(`"yesterday"`), &when); err == nil {
		t.Error("yesterday was accepted")
	}
}

func TestDuration(t *testing.T) {
	t.Parallel()
	var d fakeapi.Duration
	if err := json.Unmarshal([]byte(`"1m30s"`), &d); err != nil || time.Duration(d) != 90*time.Second {
		t.Errorf("%v %v", d, err)
	}
	if text, err := json.Marshal(d); err != nil || string(text) != `"1m30s"` {
		t.Errorf("%s %v", text, err)
	}
	if err := json.Unmarshal([]byte(`"long"`), &d); err == nil {
		t.Error("long was accepted")
	}
}

func TestVault(t *testing.T) {
	t.Parallel()
	vault := &fakeapi.Vault{}
	hex, base64, kept := vault.Hex(32), vault.Base64(32), vault.Keep("mine")
	if len(hex) != 64 || len(base64) != 43 || hex == vault.Hex(32) {
		t.Errorf("%q %q", hex, base64)
	}
	if minted := vault.Minted(); len(minted) != 4 || !slices.Contains(minted, kept) || !slices.Contains(minted, hex) {
		t.Errorf("minted: %d", len(minted))
	}
	if got := vault.Redact("/a/" + hex + "?x=" + base64); got != "/a/REDACTED?x=REDACTED" {
		t.Errorf("redacted: %s", got)
	}
	first, second := fakeapi.NewID(), fakeapi.NewID()
	if first == second || len(vault.Minted()) != 4 {
		t.Error("IDs are random and no secrets")
	}
}

func TestJournal_keepsNoSecret(t *testing.T) {
	t.Parallel()
	b := start(t)
	secret := b.stage.Vault.Hex(16)
	for _, c := range [][2]string{
		{"POST", "/login?client_secret=never-minted&client_id=x"},
		{"GET", "/words?key=" + secret},
		{"POST", "/words/" + secret},
	} {
		if _, _, err := b.send(c[0], c[1], secret); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.Marshal(b.stage.Journal.Entries())
	if err != nil || strings.Contains(string(text), secret) || strings.Contains(string(text), "never-minted") {
		t.Errorf("%s %v", text, err)
	}
	for _, key := range []string{"at", "system", "method", "route", "path", "query", "status", "caller", "fault"} {
		if !strings.Contains(string(text), `"`+key+`":`) {
			t.Errorf("no key %s in %s", key, text)
		}
	}
	b.stage.Journal.Reset()
	if entries := b.stage.Journal.Entries(); entries == nil || len(entries) != 0 {
		t.Errorf("after Reset: %#v", entries)
	}
}

func TestStore_stale(t *testing.T) {
	t.Parallel()
	var store fakeapi.Store[int]
	same := func(step string, got []int, want ...int) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v instead of %v", step, got, want)
		}
	}
	same("empty", store.Stale())
	store.Put("a", 1)
	same("first", store.Stale())
	store.Put("b", 2)
	store.Put("c", 3)
	same("added", store.Stale(), 1, 2)
	store.Put("a", 10)
	same("replaced", store.Stale(), 1, 2, 3)
	same("replaced, now", store.List(false), 10, 2, 3)
	store.Delete("b")
	same("deleted", store.List(true), 10, 2, 3)
	same("deleted, now", store.All(), 10, 3)
	store.Touch("a", 11)
	store.Touch("gone", 5)
	same("touched", store.Stale(), 11, 2, 3)
	if store.Delete("b") {
		t.Error("deleted twice")
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	clock := &fakeapi.Clock{}
	window := fakeapi.NewWindow(clock)
	const span = 300 * time.Millisecond
	for range 3 {
		if _, ok := window.Take("k", 3, span); !ok {
			t.Fatal("refused below the limit")
		}
	}
	clock.Advance(time.Hour)
	wait, ok := window.Take("k", 3, span)
	if ok || wait <= 0 || wait > span {
		t.Errorf("wait %s, ok %v: a moved clock must not open the window", wait, ok)
	}
	if _, ok := window.Take("other", 3, span); !ok {
		t.Error("keys share a window")
	}
	time.Sleep(wait + 10*time.Millisecond)
	if _, ok := window.Take("k", 3, span); !ok {
		t.Error("still refused after the wait")
	}
	if wait, ok := window.Take("none", 0, span); ok || wait != span {
		t.Errorf("limit 0: %s %v", wait, ok)
	}
}

func TestDecodeStrict(t *testing.T) {
	t.Parallel()
	for body, says := range map[string]string{
		``:                "empty",
		`{`:               "invalid JSON",
		`{"a": 1} {}`:     "more than one value",
		`{"b": 1}`:        `unknown field "b"`,
		`{"a": "string"}`: "invalid JSON",
	} {
		var into struct {
			A int `json:"a"`
		}
		if err := fakeapi.DecodeStrict(strings.NewReader(body), &into); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: error %v does not say %q", body, err, says)
		}
	}
}
