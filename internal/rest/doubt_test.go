package rest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// decoded is what becomes of an answer to a call.
func decoded(t *testing.T, call *rest.Call, status int, body string, headers ...string) (json.RawMessage, error) {
	t.Helper()
	api := offline(t, always(status, body, headers...))
	answer, err := api.Do(t.Context(), call)
	if err != nil {
		return nil, err
	}
	var into json.RawMessage
	return into, api.Decode(call, answer, &into)
}

// TestDecode_mintIsReadAllTheSame: the answer to a mint holds the only copy of a secret. Where one to a read would prove nothing, it is
// still read.
func TestDecode_mintIsReadAllTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status  int
		body    string
		headers []string
	}{
		"created":       {201, `{}`, nil},
		"203":           {203, `{}`, nil},
		"206":           {206, `{}`, nil},
		"age":           {200, `{}`, []string{"Age", "30"}},
		"stale":         {200, `{}`, []string{"Warning", "110 - stale"}},
		"HTML":          {200, `{}`, []string{"Content-Type", "text/html"}},
		"XML":           {200, `{}`, []string{"Content-Type", "text/xml"}},
		"repeated keys": {200, `{"token": 1, "token": 2}`, nil},
	} {
		if _, err := decoded(t, mint(), c.status, c.body, c.headers...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err := decoded(t, get("/tokens"), c.status, c.body, c.headers...)
		if e := failure(t, err); e.Executed || e.Kind != rest.Malformed && e.Kind != rest.Altered {
			t.Errorf("%s, read: %+v", name, e)
		}
	}
}

// TestDecode_emptyRead says that there is nothing, whatever the status and the type.
func TestDecode_emptyRead(t *testing.T) {
	t.Parallel()
	for _, status := range []int{200, 204, 206} {
		if _, err := decoded(t, get("/tokens"), status, "", "Content-Type", "text/html"); err == nil || !strings.Contains(err.Error(), "the answer is empty") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestDecode_repeatedKey(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`[]`: "", `{}`: "", `""`: "", `7`: "", `[[], {}, [[{}]]]`: "",
		`[{"a": 1}, {"a": 2}]`:                                   "",
		`{"a": {"a": {"a": 1}}, "b": {"a": 1}}`:                  "",
		`{"a": "a", "b": "a"}`:                                   "",
		`{"a": ["a", "a", {"b": 1}, {"b": 2}], "b": 1}`:          "",
		`{"a": "\",\"a\":", "b": "\\", "c": "{\"a\":1}"}`:        "",
		`{"a": {"t": {"env": 1, "Env": 2}}}`:                     "",
		`{"a": 1, "a": 2}`:                                       "a",
		`{"a": [], "b": 1, "a": null}`:                           "a",
		`{"a": {"x": [1, {"y": 2}]}, "b": 1, "a": {}}`:           "a",
		`{"a": 1, "\u0061": 2}`:                                  "a",
		`{"tokens": 1, "Tokens": 2}`:                             "Tokens",
		`{"tokens": 1, "to\u212Aens": 2}`:                        "to\u212aens",
		`{"data": [{"id": 1}, {"id": 1, "ID": 2}]}`:              "ID",
		`[{"id": 1, "id": 2}]`:                                   "id",
		`[{"owner": {"x": {"y": {"env": 1, "env": 2}}}}]`:        "env",
		`{"a": 1, "` + strings.Repeat("k", 99) + `\"": 1}`:       "",
		` { "a" : 1 , "b" : [ "}" , "{" ] , "a" : [ ] } ` + "\n": "a",
	} {
		_, err := decoded(t, get("/tokens"), 200, body)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", body, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("the answer has the key %q twice in one object", want))):
			t.Errorf("%s: %v instead of %s", body, err, want)
		}
	}
}

// TestIsNotFound_outOfACache: that something was not there a while ago says nothing about now.
func TestIsNotFound_outOfACache(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		headers []string
		want    bool
	}{
		"of now":         {nil, true},
		"past a cache":   {[]string{"Age", "0"}, true},
		"out of a cache": {[]string{"Age", "30"}, false},
		"stale":          {[]string{"Warning", `110 - "stale"`}, false},
	} {
		_, err := decoded(t, get("/tokens"), 404, `{}`, c.headers...)
		if e := failure(t, err); rest.IsNotFound(err) != c.want || e.Executed || !c.want && e.Kind != rest.Altered {
			t.Errorf("%s: %+v", name, e)
		}
		// A write is never answered out of a cache.
		_, err = decoded(t, &rest.Call{Method: http.MethodDelete, Route: "/tokens", Effect: rest.Sets}, 404, `{}`, c.headers...)
		if !rest.IsNotFound(err) {
			t.Errorf("%s, deleted: %v", name, err)
		}
	}
}

// TestDo_asksPastCaches: a read asks caches in between not to answer by themselves.
func TestDo_asksPastCaches(t *testing.T) {
	t.Parallel()
	for call, want := range map[*rest.Call]string{get("/tokens"): "no-cache", mint(): ""} {
		s := &seen{}
		api := offline(t, func(r *http.Request) (*http.Response, error) {
			s.note(r)
			return reply(r, 200, "{}"), nil
		})
		if _, err := api.Do(t.Context(), call); err != nil || s.requests[0].Header.Get("Cache-Control") != want {
			t.Errorf("%s: %v, %v", call.Method, s.requests[0].Header, err)
		}
	}
}
