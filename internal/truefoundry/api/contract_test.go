package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestContract holds every request of the client, and the answers to them, against the OpenAPI file in the folder that MINT_SPECS
// names. All that the emulator can answer is held against it by the emulator's own test.
func TestContract(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("MINT_SPECS")
	if folder == "" {
		t.Skip("MINT_SPECS is not set")
	}
	document, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "truefoundry.json"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := fake.New(fake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(server)
	t.Cleanup(front.Close)
	base, _ := url.Parse(front.URL)
	watch := &inspector{t: t, document: document, seen: map[string]bool{}}
	exercise(t, api.New(api.Config{APIKey: rest.NewSecret(server.Bootstrap().Token), HTTP: rest.Options{
		System: "truefoundry", Title: "TrueFoundry", BaseURL: base, Transport: watch, Timeout: 5 * time.Second, Now: time.Now, Redactor: &rest.Redactor{},
	}}))
	for template, item := range document.Paths.Map() {
		for method := range item.Operations() {
			// What the client leaves alone: reads of a personal access token by its name, and what only the newest planes have.
			unused := method == http.MethodGet && strings.Contains(template, "{key}") || strings.HasSuffix(template, "/for-user")
			if watch.seen[method+" "+template] == unused {
				t.Errorf("%s %s: sent %v", method, template, !unused)
			}
		}
	}
}

// exercise calls everything that the client can do.
func exercise(t *testing.T, c *api.Client) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	end, expired := time.Now().Add(time.Hour), false
	_, err := c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{Name: "ci-full", ExpiresAt: &end, TeamName: "blue", TokenType: "opaque"})
	must(err)
	_, err = c.CreatePersonalAccessToken(ctx, api.NewPersonalAccessToken{Name: "ci-bare"})
	must(err)
	tokens, err := c.SearchPersonalAccessTokens(ctx, "ci-")
	must(err)
	for _, token := range tokens {
		for _, want := range []bool{true, false} {
			if found, err := c.DeletePersonalAccessToken(ctx, token.ID); err != nil || found != want {
				t.Errorf("found %v, %v", found, err)
			}
		}
	}
	manifest := api.NewManifest("loader")
	must(json.Unmarshal([]byte(`{"permissions": [{"resource_fqn": "a", "resource_type": "b", "role_id": "c"}], "expiration_date": "2090-01-31",
		"auto_rotate": {"auto_rotate_interval": 30, "grace_period": 5}, "ownedBy": {"team": "data", "account": "acme"},
		"notification_target": {"type": "email", "notification_channel": "ch", "to_emails": ["a@example.com"]},
		"secret_store_config": {"integration_fqn": "store", "secret_path": "p"}, "tags": {"a": "1"},
		"identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}], "token_type": "jwt"}`), &manifest))
	account, _, err := c.CreateVirtualAccount(ctx, manifest)
	must(err)
	_, _, err = c.UpdateVirtualAccount(ctx, api.NewManifest("loader"))
	must(err)
	_, _, err = c.UpdateVirtualAccount(ctx, manifest)
	must(err)
	_, err = c.SearchVirtualAccounts(ctx, api.VirtualAccountFilter{NameContains: "load", OwnedByTeams: []string{"data", "red"}, Expired: &expired})
	must(err)
	_, err = c.RegenerateVirtualAccountToken(ctx, account.ID, 365)
	must(err)
	_, err = c.GetVirtualAccountToken(ctx, account.ID)
	must(err)
	_, err = c.SyncVirtualAccountToken(ctx, account.ID)
	must(err)
	must(c.DeleteVirtualAccountJWT(ctx, account.ID, *account.JWTID))
	must(c.DeleteVirtualAccount(ctx, account.ID))
	if _, err = c.GetVirtualAccount(ctx, account.ID); !rest.IsNotFound(err) {
		t.Error(err)
	}
	must(c.RevokePersonalAccessTokens(context.WithoutCancel(ctx), "mint.bootstrap@example.com"))
}

// inspector checks what passes between the client and the control plane.
type inspector struct {
	t        *testing.T
	document *openapi3.T
	seen     map[string]bool
}

// RoundTrip implements [http.RoundTripper].
func (i *inspector) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	received, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(received))
	if err := i.judge(r, sent, resp, received); err != nil {
		i.t.Errorf("%s %s, answered %d: %v\nsent %s\nreceived %s", r.Method, r.URL, resp.StatusCode, err, sent, received)
	}
	return resp, nil
}

func (i *inspector) judge(r *http.Request, sent []byte, resp *http.Response, received []byte) error {
	route, parameters := i.route(r)
	if route == nil {
		return errors.New("the contract has no such operation")
	}
	i.seen[r.Method+" "+route.Path] = true
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true}
	input := &openapi3filter.RequestValidationInput{Request: copied, PathParams: parameters, Route: route, Options: options}
	problems := []error{openapi3filter.ValidateRequest(r.Context(), input)}
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			problems = append(problems, errors.New("undocumented query parameter "+name))
		}
	}
	if body := route.Operation.RequestBody; body != nil {
		var value any
		problems = append(problems, json.Unmarshal(sent, &value), undocumented(body.Value.Content.Get("application/json").Schema.Value, value))
	} else if len(sent) > 0 {
		problems = append(problems, errors.New("a body where none is documented"))
	}
	problems = append(problems, openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Options: options, Body: io.NopCloser(bytes.NewReader(received)),
	}))
	return errors.Join(problems...)
}

// route finds the operation of a request; a path without a placeholder goes first.
func (i *inspector) route(r *http.Request) (found *routers.Route, parameters map[string]string) {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	for template, item := range i.document.Paths.Map() {
		names := strings.Split(template, "/")
		values, fits := map[string]string{}, len(names) == len(segments) && item.GetOperation(r.Method) != nil
		for at := 0; fits && at < len(names); at++ {
			if name, isName := strings.CutPrefix(names[at], "{"); isName {
				values[strings.TrimSuffix(name, "}")] = segments[at]
			} else {
				fits = names[at] == segments[at]
			}
		}
		if fits && (found == nil || len(values) < len(parameters)) {
			found = &routers.Route{Spec: i.document, Path: template, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method)}
			parameters = values
		}
	}
	return found, parameters
}

// undocumented reports properties that a schema does not have; the contract allows them everywhere, and a misspelt optional one
// would pass.
func undocumented(schema *openapi3.Schema, value any) error {
	var problems []error
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			problems = append(problems, undocumented(schema.Items.Value, item))
		}
	case map[string]any:
		if len(schema.AnyOf)+len(schema.OneOf) > 0 || len(schema.Properties) == 0 {
			return nil
		}
		for name, inner := range value {
			if schema.Properties[name] == nil {
				problems = append(problems, errors.New("undocumented property "+name))
				continue
			}
			problems = append(problems, undocumented(schema.Properties[name].Value, inner))
		}
	}
	return errors.Join(problems...)
}
