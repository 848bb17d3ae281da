package rest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// longestMessage is more than any error says: the server's words are cut at 600 characters, and the route is short.
const longestMessage = 700

// FuzzDecode: what is read as the answer to a GET is JSON, whole, and without a key twice; what is not is an error without a word of it.
func FuzzDecode(f *testing.F) {
	for _, body := range []string{
		`{"data": [], "n": 1}`, `{"data": [], "Data": [1]}`, `{"data": [], "data": [1]}`, `[]`, `null`, `{"data": null}`, `{"n": "x"}`, `{"n": 1e999}`, `{`, `[] x`, ``, `<html>`,
		`{"a": {"b": {"c": 1, "C": 2, "c": 3}}}`, `{"a\u0061": 1, "aa": 2}`, `{"K": 1, "k": 2}`, "{\"\xff\": 1, \"\ufffd\": 2}", `{"\ud800": 1, "\udfff": 2}`,
	} {
		f.Add(200, "application/json", []byte(body))
	}
	f.Add(203, "application/json", []byte(`[]`))
	f.Add(206, "", []byte(`[]`))
	f.Add(204, "", []byte(``))
	f.Add(200, "text/html; charset=utf-8", []byte(`[]`))
	f.Add(200, "application/xml", []byte(`[]`))
	f.Fuzz(func(t *testing.T, status int, media string, body []byte) {
		c := offline(t, nil)
		answer := &rest.Answer{Status: status, Header: http.Header{"Content-Type": {media}}, Body: body}
		var raw json.RawMessage
		err := c.Decode(get("/tokens"), answer, &raw)
		if err != nil {
			if problem := distrust.CheckMessage(err.Error(), longestMessage); problem != nil {
				t.Errorf("%q: %v", body, problem)
			}
			return
		}
		if _, err := distrust.Parse(body); err != nil || status != http.StatusOK || strings.Contains(strings.ToLower(media), "html") {
			t.Errorf("%d %q %q is read: %v", status, media, body, err)
		}
		if !bytes.Equal(bytes.TrimSpace(body), raw) {
			t.Errorf("%q is read as %q", body, raw)
		}
	})
}

// FuzzReadRows: a list without rows is an empty JSON list, and every row of a list is handed on.
func FuzzReadRows(f *testing.F) {
	for _, list := range []string{`[]`, ` [ ] `, `[1, {"a": []}]`, `[`, `[1`, `[1,`, `[1]`, `null`, ``, `{}`, `[}`, `[]]`, `["` + "\x1b" + `"]`} {
		f.Add([]byte(list))
	}
	f.Fuzz(func(t *testing.T, list []byte) {
		c, answer := offline(t, nil), &rest.Answer{Status: 200, Header: http.Header{}, Body: list}
		rows, err := rest.ReadRows(c, get("/tokens"), answer, list, func(text []byte) (string, error) { return string(text), nil })
		if err != nil {
			if problem := distrust.CheckMessage(err.Error(), longestMessage); problem != nil {
				t.Errorf("%q: %v", list, problem)
			}
			return
		}
		var want []json.RawMessage
		if err := json.Unmarshal(list, &want); err != nil || want == nil || len(want) != len(rows) {
			t.Errorf("%q is read as %q: %v", list, rows, err)
		}
	})
}

// FuzzVisible: nothing that a terminal obeys is left, and what is shown is shown the same again.
func FuzzVisible(f *testing.F) {
	for _, text := range []string{"", "täxt", "\x1b[2J", "\u202e", "a\r\nb\tc", "\xff\xfe", "\ufffd", "\u2028", "'\\\"", "\U000e0001"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		shown := rest.Visible(text)
		if problem := distrust.CheckMessage(shown, 10*len(text)); problem != nil {
			t.Errorf("%q: %v", text, problem)
		}
		if again := rest.Visible(shown); again != shown {
			t.Errorf("%q is shown as %q, then as %q", text, shown, again)
		}
		cleaned := offline(t, nil).Clean(text)
		if problem := distrust.CheckMessage(cleaned, 601); problem != nil || strings.ContainsAny(cleaned, "\r\n\t") {
			t.Errorf("%q is cleaned to %q: %v", text, cleaned, problem)
		}
	})
}

// spellings are the ways to write a secret that must not get out: as it is, in JSON, in a URL, and in base64.
func spellings(secret string) []string {
	text, _ := json.Marshal(secret)
	return []string{
		secret, string(text[1 : len(text)-1]), url.QueryEscape(secret), url.PathEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.URLEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)),
	}
}

// FuzzRedact: after it no secret is left in any spelling. A secret that is a short word counts only where it stands for itself.
func FuzzRedact(f *testing.F) {
	for _, seed := range [][3]string{
		{"a-secret-0123456789", "before ", " after"},
		{`quo"te\back/slash`, `{"a": "`, `"}`},
		{"with space&+%", "?q=", "&x=1"},
		{"täxt-ünïcode", "", ""},
		{"pass", "(", ")"},
		{"aaaa-aaaa", "aaaa-", "-aaaa"},
		{"(sensitive value)", "x", "y"},
		{"sensi", "", ""},
		{"\x00\x01\x02\x03\x04\x05\x06", "", ""},
		{"....", ".", "."},
		{"\u2028line", "", ""},
		{"00000\f", "0", "0"},
		{"00000\xd9", "", "\x9b"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, secret, before, after string) {
		if len(secret) < 6 || len(secret) > 200 || strings.Contains("(sensitive value)", secret) || strings.Contains(secret, "sensitive value") {
			return
		}
		var redactor rest.Redactor
		redactor.Add(rest.NewSecret(secret))
		for _, spelling := range spellings(secret) {
			redacted := redactor.Redact(before + spelling + after)
			for _, looked := range spellings(secret) {
				// What the fixed word makes together with its surroundings is not the secret that was there.
				if strings.Contains(strings.ReplaceAll(redacted, "(sensitive value)", "\x00\x00"), looked) {
					t.Errorf("%q in %q becomes %q", secret, before+spelling+after, redacted)
				}
			}
		}
	})
}

// FuzzRetryAfter: a pause is never negative, nor longer than what the header of an honest server can mean.
func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "5", "-5", "99999999999999999999", "1.5", "Sat, 28 Nov 2026 05:00:00 GMT", "Sat, 28 Nov 9999 05:00:00 GMT", "0x10", " 3"} {
		f.Add(seed, "Sat, 28 Nov 2026 04:00:00 GMT")
	}
	f.Add("Sat, 28 Nov 9999 05:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Fuzz(func(t *testing.T, after, date string) {
		if pause := rest.RetryAfter(http.Header{"Retry-After": {after}, "Date": {date}}); pause < 0 || pause > 365*24*time.Hour {
			t.Errorf("%q at %q is %s", after, date, pause)
		}
	})
}

// TestDecodeMemory: to look whether an answer has a key twice takes a multiple of its size, whatever it holds.
func TestDecodeMemory(t *testing.T) { //nolint:paralleltest // it measures memory
	c := offline(t, nil)
	for name, body := range distrust.Shapes(1<<18, "data") {
		answer := &rest.Answer{Status: 200, Header: http.Header{}, Body: body}
		var raw json.RawMessage
		cost := distrust.Cost(func() { _ = c.Decode(get("/tokens"), answer, &raw) })
		t.Logf("%s: %d bytes, %.1f times", name, len(body), float64(cost)/float64(len(body)))
		if cost > distrust.Bound(len(body), 160) {
			t.Errorf("%s: %d bytes take %d", name, len(body), cost)
		}
	}
}
