package system

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// Verb is what was being done when an error came; the list is closed, so that all summaries read alike.
type Verb string

// The verbs of summaries.
const (
	Create  Verb = "create"
	Read    Verb = "read"
	Update  Verb = "update"
	Delete  Verb = "delete"
	Import  Verb = "import"
	List    Verb = "list"
	Mint    Verb = "mint"
	Renew   Verb = "renew"
	Revoke  Verb = "revoke"
	Disable Verb = "disable"
	Expire  Verb = "expire"
	Sync    Verb = "synchronize"
)

// Failure turns an API error into a diagnostic, and is the only place that does. The detail holds what the server said, then
// its status, code and request id on lines of their own, then what to do about it: the given advice, or what follows from
// the kind of failure.
func (b *base[C]) Failure(verb Verb, err error, advice ...string) diag.Diagnostic {
	summary := fmt.Sprintf("Unable to %s %s", verb, b.noun.Words)
	if verb == List {
		summary += "s"
	}
	if b.connection != nil && !b.connection.firstReport(rootOf(err)) {
		// What is said around the shared error is this object's own, and may name a token that nobody else names.
		repeat := "The reason is the same as in the other error about " + b.connection.System.Title + "."
		return diag.NewErrorDiagnostic(summary, strings.TrimSpace(around(err)+"\n"+repeat))
	}
	return diag.NewErrorDiagnostic(summary, b.detail(err, advice))
}

// Shared reports whether another object of this run shows this very error, because several waited for one answer. The first to
// ask is the one who shows it; whoever is told otherwise may keep quiet, because the run has failed with the first.
func (b *base[C]) Shared(err error) bool {
	return b.connection != nil && !b.connection.claim(rootOf(err))
}

// places says where the base URL and where the credentials of the system's block can be set.
func (b *base[C]) places() (baseURL, credentials string) {
	place := func(variables []string) string {
		text := "in the provider's \"" + b.noun.System + "\" block"
		if len(variables) > 0 {
			text += " or " + strings.Join(variables, ", ")
		}
		return text
	}
	if b.connection == nil {
		return place(nil), place(nil)
	}
	declared := b.connection.System.Block
	isBaseURL := func(argument string) bool { return argument == baseURLName }
	return place(declared.variables(isBaseURL)), place(declared.variables(func(argument string) bool { return !isBaseURL(argument) }))
}

// around is what this provider's own code says around an API error, as a sentence; empty where it says nothing.
func around(err error) string {
	var e *rest.Error
	if !errors.As(err, &e) {
		return sentence(err.Error())
	}
	return sentence(strings.TrimSuffix(strings.TrimSuffix(err.Error(), e.Error()), ": "))
}

// rootOf finds the error that several objects may share.
func rootOf(err error) error {
	var e *rest.Error
	if errors.As(err, &e) {
		return e
	}
	return err
}

func (b *base[C]) detail(err error, advice []string) string {
	var lines []string
	var e *rest.Error
	if !errors.As(err, &e) {
		lines = append(lines, sentence(err.Error()))
		return strings.Join(append(lines, paragraphs(advice)...), "\n")
	}
	// What the system's own code says around the API error stands first.
	if text := around(err); text != "" {
		lines = append(lines, text)
	}
	lines = append(lines, headline(e))
	lines = append(lines, "")
	lines = append(lines, "Request: "+e.Method+" "+e.Route+" on "+e.Host)
	if e.Status != 0 {
		lines = append(lines, fmt.Sprintf("Status: %d", e.Status))
	}
	if e.Code != "" {
		lines = append(lines, "Code: "+e.Code)
	}
	if e.RequestID != "" {
		lines = append(lines, "Request ID: "+e.RequestID)
	}
	if len(advice) == 0 {
		advice = b.defaultAdvice(e)
	}
	return strings.Join(append(lines, paragraphs(advice)...), "\n")
}

func headline(e *rest.Error) string {
	switch e.Kind {
	case rest.Unreachable:
		return sentence(fmt.Sprintf("%s could not be reached at %s: %s", e.System, e.Host, e.Message))
	case rest.Lost:
		return sentence(fmt.Sprintf("A request was sent to %s, but no whole answer came back: %s", e.System, e.Message))
	case rest.Throttled:
		if e.Wait > 0 {
			return sentence(fmt.Sprintf("%s limits requests and asks to wait %s, which is longer than the provider waits: %s", e.System, e.Wait, e.Message))
		}
		return sentence(fmt.Sprintf("%s limits requests: %s", e.System, e.Message))
	case rest.LoginRefused:
		return sentence(fmt.Sprintf("%s does not accept the provider's credentials: %s", e.System, e.Message))
	case rest.Malformed, rest.Altered:
		return sentence(fmt.Sprintf("%s answered something that cannot be trusted: %s", e.System, e.Message))
	case rest.TooLong:
		return sentence(fmt.Sprintf("%s answered with more data than the provider reads: %s", e.System, e.Message))
	case rest.Interrupted:
		return sentence(e.Message)
	default:
		return sentence(fmt.Sprintf("%s answered: %s", e.System, e.Message))
	}
}

// defaultAdvice is the next step that follows from the kind of failure alone. A request that the server refuses for what it says has none
// beside the server's own message.
func (b *base[C]) defaultAdvice(e *rest.Error) []string {
	baseURL, credentials := b.places()
	checkRoot := fmt.Sprintf("check that base_url %s is the API's host root, without a path of the API.", baseURL)
	switch e.Kind {
	case rest.Unreachable:
		if e.ProxyVariable != "" {
			return []string{fmt.Sprintf("Check %s in the environment that Terraform runs in. If this machine reaches %s without a proxy, add that host to NO_PROXY.", e.ProxyVariable, e.Host)}
		}
		return []string{fmt.Sprintf("Check base_url %s, and that this machine reaches the host (proxies are taken from HTTPS_PROXY and NO_PROXY; a private certificate authority goes in http.ca_certificate_pem).", baseURL)}
	case rest.LoginRefused:
		return []string{fmt.Sprintf("Check the credentials %s. The login is not repeated in this run.", credentials)}
	case rest.Malformed:
		return []string{sentence(checkRoot)}
	case rest.TooLong:
		return []string{fmt.Sprintf("If there really are that many tokens, revoke those that are not needed, or use credentials that can see fewer. "+
			"Otherwise check base_url %s: something else may have answered.", baseURL)}
	case rest.Altered:
		return []string{"A cache, a proxy or a gateway between this machine and the API answers in its place, or changes its answers. Make it pass on the requests to " + e.Host + " unchanged, and cache none of the answers."}
	case rest.Throttled:
		return []string{"Run again later, or with a lower -parallelism."}
	case rest.Faulty:
		reference := ""
		if e.RequestID != "" {
			reference = ", with the request ID"
		}
		return []string{"The server failed, or a gateway in front of it. Run again later. If it happens again, report it to whoever operates " + e.System + reference + "."}
	case rest.Lost:
		return []string{"If it happens again, check the proxies and gateways between this machine and the host. If the server only needs more time, raise http.timeout in the provider block."}
	case rest.Refused, rest.Interrupted:
	}
	switch {
	case e.Status == http.StatusUnauthorized:
		return []string{fmt.Sprintf("Check the credentials %s: they may have expired, or have been deleted or disabled.", credentials)}
	case e.Status == http.StatusForbidden:
		return []string{fmt.Sprintf("The credentials %s may not do this: give their owner the missing right, or use the credentials of a user who has it.", credentials)}
	case e.Status == http.StatusNotFound && strings.Contains(e.Route, "{"):
		return []string{"The object may have been deleted outside Terraform: plan again. If it exists, " + checkRoot}
	case e.Status == http.StatusNotFound:
		return []string{sentence(checkRoot)}
	}
	return nil
}

func paragraphs(advice []string) []string {
	var lines []string
	for _, text := range advice {
		lines = append(lines, "", text)
	}
	return lines
}

func sentence(text string) string {
	text = strings.TrimSpace(text)
	if first, size := utf8.DecodeRuneInString(text); unicode.IsLower(first) {
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if text == "" || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// WarnDeprecated passes on, once in a run, that a server marks the API version in use as deprecated.
func WarnDeprecated(c *Connection, version string, deprecated bool, diags *diag.Diagnostics) {
	if !deprecated || c == nil || !c.FirstNotice("deprecated") {
		return
	}
	diags.AddWarning(c.System.Title+" marks its API version "+version+" as deprecated",
		"It keeps working for now. Choose a newer api_version in the provider's \""+c.System.Name+"\" block.")
}
