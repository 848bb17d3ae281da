package system_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

type client struct{ name string }

func noun() system.Noun {
	return system.Noun{System: "sailpoint", Type: "personal_access_token", Words: "SailPoint personal access token"}
}

// connected is a connection whose system makes this client, of a block without an argument that is missing.
func connected(made any) *system.Connection {
	return system.NewConnection(system.System{
		Name: "sailpoint", Title: "SailPoint",
		Block:   system.Block{BaseURL: system.Argument{Default: "https://acme.api.identitynow.com"}},
		Connect: func(system.Values) any { return made },
	}, types.ObjectNull(nil), system.Settings{})
}

// configured is a resource's base on a connection.
func configured(t *testing.T, c *system.Connection) *system.ResourceBase[*client] {
	t.Helper()
	return configuredAs[*client](t, noun(), c)
}

func configuredAs[C any](t *testing.T, noun system.Noun, c *system.Connection) *system.ResourceBase[C] {
	t.Helper()
	b := system.NewResourceBase[C](noun)
	var resp resource.ConfigureResponse
	b.Configure(t.Context(), resource.ConfigureRequest{ProviderData: system.ProviderData{noun.System: c}}, &resp)
	if resp.Diagnostics.HasError() {
		t.Fatal(resp.Diagnostics)
	}
	return &b
}

func apiError(change func(*rest.Error)) *rest.Error {
	e := &rest.Error{
		System: "SailPoint", Host: "acme.api.identitynow.com", Method: "POST", Route: "/personal-access-tokens/v1",
		Message: "the name is taken",
	}
	change(e)
	return e
}

const request = "\n\nRequest: POST /personal-access-tokens/v1 on acme.api.identitynow.com"

// failures holds every shape of a diagnostic, as a user reads it.
func failures() map[string]struct {
	err    error
	advice []string
	detail string
} {
	refused := func(e *rest.Error) { e.Status, e.Code, e.RequestID = 400, "400.1 Bad Request Content", "r1" }
	return map[string]struct {
		err    error
		advice []string
		detail string
	}{
		"refused": {
			apiError(refused), nil,
			"SailPoint answered: the name is taken." + request + "\nStatus: 400\nCode: 400.1 Bad Request Content\nRequest ID: r1",
		},
		"refused, with advice": {
			apiError(refused),
			[]string{"Choose another name.", "Or delete the other token."},
			"SailPoint answered: the name is taken." + request + "\nStatus: 400\nCode: 400.1 Bad Request Content\nRequest ID: r1" +
				"\n\nChoose another name.\n\nOr delete the other token.",
		},
		"refused, after own words": {
			fmt.Errorf("nothing was created: %w", apiError(func(e *rest.Error) { e.Status = 403 })), nil,
			"Nothing was created.\nSailPoint answered: the name is taken." + request + "\nStatus: 403" +
				"\n\nThe credentials in the provider's \"sailpoint\" block may not do this: give their owner the missing right, or use the credentials of a user who has it.",
		},
		"a session that is not accepted": {
			apiError(func(e *rest.Error) { e.Status = 401 }), nil,
			"SailPoint answered: the name is taken." + request + "\nStatus: 401" +
				"\n\nCheck the credentials in the provider's \"sailpoint\" block: they may have expired, or have been deleted or disabled.",
		},
		"an object that is not there": {
			apiError(func(e *rest.Error) { e.Status, e.Method, e.Route = 404, "PATCH", "/personal-access-tokens/v1/{id}" }), nil,
			"SailPoint answered: the name is taken.\n\nRequest: PATCH /personal-access-tokens/v1/{id} on acme.api.identitynow.com\nStatus: 404" +
				"\n\nThe object may have been deleted outside Terraform: plan again. If it exists, check that base_url in the provider's \"sailpoint\" block is the API's host root, without a path of the API.",
		},
		"a route that is not there": {
			apiError(func(e *rest.Error) { e.Status = 404 }), nil,
			"SailPoint answered: the name is taken." + request + "\nStatus: 404" +
				"\n\nCheck that base_url in the provider's \"sailpoint\" block is the API's host root, without a path of the API.",
		},
		"refused, with advice for its status": {
			apiError(func(e *rest.Error) { e.Status = 403 }),
			[]string{"Delete a token."},
			"SailPoint answered: the name is taken." + request + "\nStatus: 403\n\nDelete a token.",
		},
		"faulty": {
			apiError(func(e *rest.Error) { e.Kind, e.Status, e.Message = rest.Faulty, 503, "Service Unavailable" }), nil,
			"SailPoint answered: Service Unavailable." + request + "\nStatus: 503" +
				"\n\nThe server failed, or a gateway in front of it. Run again later. If it happens again, report it to whoever operates SailPoint.",
		},
		"faulty, with a request ID": {
			apiError(func(e *rest.Error) { e.Kind, e.Status, e.RequestID = rest.Faulty, 500, "r1" }), nil,
			"SailPoint answered: the name is taken." + request + "\nStatus: 500\nRequest ID: r1" +
				"\n\nThe server failed, or a gateway in front of it. Run again later. If it happens again, report it to whoever operates SailPoint, with the request ID.",
		},
		"unreachable": {
			apiError(func(e *rest.Error) { e.Kind, e.Message = rest.Unreachable, "connection refused" }), nil,
			"SailPoint could not be reached at acme.api.identitynow.com: connection refused." + request +
				"\n\nCheck base_url in the provider's \"sailpoint\" block, and that this machine reaches the host (proxies are taken from HTTPS_PROXY and NO_PROXY; a private certificate authority goes in http.ca_certificate_pem).",
		},
		"unreachable proxy": {
			apiError(func(e *rest.Error) {
				e.Kind, e.ProxyVariable = rest.Unreachable, "HTTPS_PROXY"
				e.Message = "the proxy proxy.example.com:3128, set in HTTPS_PROXY, could not be used: connection refused"
			}), nil,
			"SailPoint could not be reached at acme.api.identitynow.com: the proxy proxy.example.com:3128, set in HTTPS_PROXY, could not be used: connection refused." + request +
				"\n\nCheck HTTPS_PROXY in the environment that Terraform runs in. If this machine reaches acme.api.identitynow.com without a proxy, add that host to NO_PROXY.",
		},
		"lost": {
			apiError(func(e *rest.Error) { e.Kind, e.Message = rest.Lost, "EOF" }), nil,
			"A request was sent to SailPoint, but no whole answer came back: EOF." + request +
				"\n\nIf it happens again, check the proxies and gateways between this machine and the host. If the server only needs more time, raise http.timeout in the provider block.",
		},
		"malformed": {
			apiError(func(e *rest.Error) { e.Kind, e.Status, e.Message = rest.Malformed, 200, "the answer is empty" }), nil,
			"SailPoint answered something that cannot be trusted: the answer is empty." + request + "\nStatus: 200" +
				"\n\nCheck that base_url in the provider's \"sailpoint\" block is the API's host root, without a path of the API.",
		},
		"too long": {
			apiError(func(e *rest.Error) {
				e.Kind, e.Status, e.Message = rest.TooLong, 200, "the list has more than 250000 rows"
			}), nil,
			"SailPoint answered with more data than the provider reads: the list has more than 250000 rows." + request + "\nStatus: 200" +
				"\n\nIf there really are that many tokens, revoke those that are not needed, or use credentials that can see fewer. " +
				"Otherwise check base_url in the provider's \"sailpoint\" block: something else may have answered.",
		},
		"altered": {
			apiError(func(e *rest.Error) { e.Kind, e.Status, e.Message = rest.Altered, 203, "the answer is not current" }), nil,
			"SailPoint answered something that cannot be trusted: the answer is not current." + request + "\nStatus: 203" +
				"\n\nA cache, a proxy or a gateway between this machine and the API answers in its place, or changes its answers. " +
				"Make it pass on the requests to acme.api.identitynow.com unchanged, and cache none of the answers.",
		},
		"throttled": {
			apiError(func(e *rest.Error) {
				e.Kind, e.Status, e.Wait, e.Message = rest.Throttled, 429, 10*time.Minute, "Rate Limit Exceeded"
			}), nil,
			"SailPoint limits requests and asks to wait 10m0s, which is longer than the provider waits: Rate Limit Exceeded." + request +
				"\nStatus: 429\n\nRun again later, or with a lower -parallelism.",
		},
		"throttled again and again": {
			apiError(func(e *rest.Error) { e.Kind, e.Status, e.Message = rest.Throttled, 429, "Rate Limit Exceeded" }), nil,
			"SailPoint limits requests: Rate Limit Exceeded." + request + "\nStatus: 429\n\nRun again later, or with a lower -parallelism.",
		},
		"login refused": {
			apiError(func(e *rest.Error) { e.Kind, e.Status, e.Message = rest.LoginRefused, 401, "Bad client credentials" }), nil,
			"SailPoint does not accept the provider's credentials: Bad client credentials." + request + "\nStatus: 401" +
				"\n\nCheck the credentials in the provider's \"sailpoint\" block. The login is not repeated in this run.",
		},
		"interrupted": {
			apiError(func(e *rest.Error) {
				e.Kind, e.Message = rest.Interrupted, "the run was interrupted before the request was sent"
			}), nil,
			"The run was interrupted before the request was sent." + request,
		},
		"a message that ends well":  {apiError(func(e *rest.Error) { e.Message = "No." }), nil, "SailPoint answered: No." + request},
		"a message that was cut":    {apiError(func(e *rest.Error) { e.Message = "No no…" }), nil, "SailPoint answered: No no…" + request},
		"an error of another kind":  {errors.New("the id is empty"), nil, "The id is empty."},
		"another kind, with advice": {errors.New("the id is empty"), []string{"Import it again."}, "The id is empty.\n\nImport it again."},
	}
}

func TestFailure(t *testing.T) {
	t.Parallel()
	grammar := regexp.MustCompile(`^Unable to ((create|read|update|delete|import) SailPoint personal access token|list SailPoint personal access tokens)$`)
	for name, c := range failures() {
		for _, verb := range []system.Verb{system.Create, system.Read, system.Update, system.Delete, system.Import, system.List} {
			d := configured(t, connected(&client{})).Failure(verb, c.err, c.advice...)
			if d.Severity() != diag.SeverityError || !grammar.MatchString(d.Summary()) || !strings.Contains(d.Summary(), string(verb)) {
				t.Errorf("%s: %s: %s", name, d.Severity(), d.Summary())
			}
			if diff := cmp.Diff(c.detail, d.Detail()); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
	}
}

// TestFailureHoldsNoSecret: an error comes redacted, and its cause, which does not, is not shown.
func TestFailureHoldsNoSecret(t *testing.T) {
	t.Parallel()
	const plain = "s3cr3t-value-0123456789"
	secret := rest.NewSecret(plain)
	err := fmt.Errorf("minting %v failed: %w", secret, apiError(func(e *rest.Error) { e.Kind = rest.Lost }))
	d := configured(t, connected(&client{})).Failure(system.Create, err)
	if strings.Contains(d.Summary()+d.Detail(), plain) {
		t.Error(d.Detail())
	}
}

// TestFailureIsShownOnce: several objects wait for one answer; the second one names the first instead of repeating it.
func TestFailureIsShownOnce(t *testing.T) {
	t.Parallel()
	c := connected(&client{})
	first, second := configured(t, c), configured(t, c)
	shared := apiError(func(e *rest.Error) { e.Kind = rest.LoginRefused })
	if first.Shared(shared) {
		t.Error("an error counts as shown before it is")
	}
	if d := first.Failure(system.Read, shared); !strings.HasPrefix(d.Detail(), "SailPoint does not accept") {
		t.Error(d.Detail())
	}
	wrapped := fmt.Errorf("nothing was created: %w", shared)
	if !second.Shared(shared) || !second.Shared(wrapped) {
		t.Error("a shown error does not count as shown")
	}
	d := second.Failure(system.Create, wrapped)
	if d.Summary() != "Unable to create SailPoint personal access token" || d.Detail() != "Nothing was created.\nThe reason is the same as in the other error about SailPoint." {
		t.Errorf("%s: %s", d.Summary(), d.Detail())
	}
	// An error that only reads the same is another one.
	same := apiError(func(e *rest.Error) { e.Kind = rest.LoginRefused })
	if second.Shared(same) {
		t.Error("another error counts as shown")
	}
	if d := second.Failure(system.Read, same); !strings.HasPrefix(d.Detail(), "SailPoint does not accept") {
		t.Error(d.Detail())
	}
	// Another run has shown nothing yet.
	if configured(t, connected(nil)).Shared(shared) {
		t.Error("runs share what has been shown")
	}
}

func TestFailureWithoutConnection(t *testing.T) {
	t.Parallel()
	b := system.NewResourceBase[*client](noun())
	err := errors.New("broken")
	if b.Shared(err) || b.Failure(system.Read, err).Detail() != "Broken." || b.Failure(system.Read, err).Detail() != "Broken." {
		t.Error("an object that is not configured remembers errors")
	}
}

func TestWarnDeprecated(t *testing.T) {
	t.Parallel()
	c := connected(nil)
	var diags diag.Diagnostics
	system.WarnDeprecated(c, "beta", false, &diags)
	system.WarnDeprecated(nil, "beta", true, &diags)
	if len(diags) != 0 {
		t.Fatal(diags)
	}
	system.WarnDeprecated(c, "beta", true, &diags)
	system.WarnDeprecated(c, "beta", true, &diags)
	if len(diags) != 1 || diags[0].Severity() != diag.SeverityWarning {
		t.Fatal(diags)
	}
	if d := diags[0]; d.Summary() != "SailPoint marks its API version beta as deprecated" || !strings.Contains(d.Detail(), `api_version in the provider's "sailpoint" block`) {
		t.Errorf("%s: %s", d.Summary(), d.Detail())
	}
}
