package protocoltest

import (
	"io"
	"net/http"
	"strings"
)

// Answer is an answer on its way to the provider.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// Spoiled is a network in which something changes the answers to the requests that are selected.
type Spoiled struct {
	Of func(*http.Request) bool
	By func(*Answer)
}

// RoundTrip implements [http.RoundTripper].
func (s Spoiled) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !s.Of(r) {
		return response, err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	answer := Answer{Status: response.StatusCode, Header: response.Header.Clone(), Body: string(body)}
	s.By(&answer)
	return &http.Response{
		StatusCode: answer.Status, Header: answer.Header, Request: r,
		Body: io.NopCloser(strings.NewReader(answer.Body)), ContentLength: int64(len(answer.Body)),
	}, nil
}

// Doubt turns the answer to a list into one that is no proof that anything is gone.
type Doubt struct {
	// Message is what the error says.
	Message string
	By      func(*Answer)
}

// Doubts are those that no system may fall for. They hold the list in which nothing is left, as the system writes it.
func Doubts(empty string) map[string]Doubt {
	with := func(change func(*Answer)) func(*Answer) {
		return func(a *Answer) {
			a.Body = empty
			change(a)
		}
	}
	status := func(status int) func(*Answer) { return with(func(a *Answer) { a.Status = status }) }
	header := func(name, value string) func(*Answer) {
		return with(func(a *Answer) { a.Header.Set(name, value) })
	}
	followed := func(by string) func(*Answer) { return with(func(a *Answer) { a.Body += by }) }
	return map[string]Doubt{
		"201":                        {"201 instead of 200", status(http.StatusCreated)},
		"203":                        {"203 instead of 200", status(http.StatusNonAuthoritativeInfo)},
		"206":                        {"206 instead of 200", status(http.StatusPartialContent)},
		"HTML":                       {"an HTML page", header("Content-Type", "text/html; charset=utf-8")},
		"HTML in capitals":           {"an HTML page", header("Content-Type", "Text/HTML")},
		"XHTML":                      {`of the type "application/xhtml+xml"`, header("Content-Type", "application/xhtml+xml")},
		"XML":                        {`of the type "text/xml"`, header("Content-Type", "text/xml")},
		"age":                        {"Age: 30", header("Age", "30")},
		"age in two caches":          {"Age: 0, 30", header("Age", "0, 30")},
		"age beyond all numbers":     {"Age: 99999999999999999999", header("Age", "99999999999999999999")},
		"stale":                      {"Warning: 110", header("Warning", `110 - "Response is Stale"`)},
		"revalidation failed":        {"Warning: 111", header("Warning", `299 api "old, 299 - use v2", 111 cache "Revalidation Failed"`)},
		"transformed":                {"Warning: 214", header("Warning", `214 proxy "Transformation Applied"`)},
		"followed by a bracket":      {"not JSON, or broke off", followed("]")},
		"followed by a page":         {"not JSON, or broke off", followed(" <html></html>")},
		"followed by a closing page": {"not JSON, or broke off", followed("} <html>")},
		"followed by another":        {"not JSON, or broke off", followed(empty)},
	}
}

// Harmless are changes of an answer that mean nothing.
func Harmless() map[string]func(*Answer) {
	header := func(name, value string) func(*Answer) {
		return func(a *Answer) { a.Header.Set(name, value) }
	}
	return map[string]func(*Answer){
		"fresh from the server":    header("Age", "0"),
		"unreadable age":           header("Age", "young"),
		"negative age":             header("Age", "-1"),
		"deprecated":               header("Warning", `299 - "Deprecated API, 110 days left"`),
		"escaped quotes":           header("Warning", `299 - "use \", 110 - \" instead", 199 - "x"`),
		"unreadable warning":       header("Warning", `careful`),
		"no content type":          func(a *Answer) { a.Header.Del("Content-Type") },
		"unreadable content type":  header("Content-Type", ";"),
		"content type twice":       header("Content-Type", "application/json, application/json"),
		"capitals":                 header("Content-Type", "Application/JSON;Charset=UTF-8"),
		"another kind of JSON":     header("Content-Type", "application/vnd.vendor.v2+json"),
		"text":                     header("Content-Type", "text/plain; charset=utf-8"),
		"bytes":                    header("Content-Type", "application/octet-stream"),
		"encoding that is none":    header("Content-Encoding", "UTF-8"),
		"header that nobody knows": header("X-Served-By", "cache-110, HIT"),
		"space around":             func(a *Answer) { a.Body = "\r\n " + a.Body + " \n" },
	}
}
