package rest

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind sorts failures by what the caller can conclude from them.
type Kind int

const (
	// Refused is a well-formed answer of the 4xx class: the server did nothing and said why.
	Refused Kind = iota
	// Unreachable means that nothing was sent: no name, no route, no TLS.
	Unreachable
	// Lost means that a request went out and no whole answer came back: it may have been executed.
	Lost
	// Faulty is a 5xx answer: it may have been executed.
	Faulty
	// Malformed is an answer of the 2xx or 3xx class that is not what the API promises: it may have been executed.
	Malformed
	// TooLong is an answer, or a list of several, that goes on past a bound of this provider: it may have been executed.
	TooLong
	// Altered is an answer that something between here and the API kept, changed or cut.
	Altered
	// Throttled means that the server asks for a longer pause than the provider takes.
	Throttled
	// LoginRefused means that the configured credential is not accepted. It is final for the run.
	LoginRefused
	// Interrupted means that the run was stopped before the request was sent.
	Interrupted
)

// messageLimit cuts what a server says, so that a page of HTML does not fill a terminal.
const messageLimit = 600

// Error is a failed call. Its fields are safe to show: redacted, cut, and without a character that a terminal obeys.
type Error struct {
	// System is the system's title, Host the host that was asked.
	System, Host string
	// Method and Route name the operation; Route has placeholders, never ids.
	Method, Route string
	Kind          Kind
	// Status is the HTTP status, 0 when there was no answer.
	Status int
	// Code and Message are the server's own words; RequestID is its handle for support.
	Code, Message, RequestID string
	// Wait is how long the server asked to wait, for [Throttled]; 0 when no single pause was too long, but all together.
	Wait time.Duration
	// ProxyVariable is the environment variable that sets the proxy, where the request did not get past it.
	ProxyVariable string
	// Executed reports that the server may have carried the request out.
	Executed bool
	cause    error
}

// Error implements error in one line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.Route)
	if e.Status != 0 {
		fmt.Fprintf(&b, "%d: ", e.Status)
	}
	b.WriteString(e.Message)
	return b.String()
}

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.cause }

// IsNotFound reports whether the server answered 404, and did so now.
func IsNotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Refused && e.Status == http.StatusNotFound
}

// IsBadRequest reports whether the server answered 400, which it does before it changes anything.
func IsBadRequest(err error) bool { return hasStatus(err, http.StatusBadRequest) }

// IsForbidden reports a refusal for a right that the caller does not have.
func IsForbidden(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Refused && e.Status == http.StatusForbidden
}

// IsConflict reports whether the server answered 409, with which some refuse a name that is taken.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsRefused reports whether the server refused a request of a method, and said so in a well-formed answer: it did nothing.
func IsRefused(err error, method string) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == Refused && e.Method == method
}

// IsLoginRefused reports whether the server does not accept a credential.
func IsLoginRefused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Kind == LoginRefused
}

// OfAnother is the error of a login with a credential that is not the configured one. Where the server refuses it, it is no [*Error] any more:
// what is advised about that is about the configured credential.
func OfAnother(err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Kind != LoginRefused {
		return err
	}
	return fmt.Errorf("%s does not accept the token: %s", e.System, e.Error())
}

// MayHaveExecuted reports whether the failed request may have been carried out all the same.
func MayHaveExecuted(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Executed
}

// IsDone reports that a deletion found nothing to delete after an earlier try of it may have been carried out: that is what has deleted it.
func IsDone(err error) bool { return IsNotFound(err) && MayHaveExecuted(err) }

func hasStatus(err error, status int) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == status
}

// cut shortens a server's message and puts it on one line.
func cut(text string) string {
	text = Visible(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > messageLimit {
		return string(runes[:messageLimit]) + "…"
	}
	return text
}

// Visible writes out what a terminal would obey instead of showing it: control characters, with which escape sequences begin, and
// characters without a shape, such as those that turn the direction of the text around. A byte that is no text is one of them: some
// terminals take it for a control character, and Terraform cannot be told it at all.
func Visible(text string) string {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			// Quoted, it is an ASCII escape such as \x1b or \u202e.
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	return b.String()
}
