package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestContract holds every request of the client and every answer of the emulator against the vendor's OpenAPI files, in the
// folder that MINT_SPECS names.
func TestContract(t *testing.T) {
	t.Parallel()
	folder := os.Getenv("MINT_SPECS")
	if folder == "" {
		t.Skip("MINT_SPECS is not set")
	}
	for version, switches := range map[api.Version][]fake.Switches{
		api.V1: {
			{},
			{ClearExpiration: "remove", Microseconds: true},
			{ClearExpiration: "replace_null", OmittedScope: "null", HideNeverExpiresFlag: true},
		},
		api.V2026: {{}, {ClearExpiration: "remove"}},
		api.Beta:  {{}, {OldDefaultLifted: true, OmittedScope: "null"}},
	} {
		for _, w := range switches {
			t.Run(string(version), func(t *testing.T) {
				t.Parallel()
				s := start(t, w)
				watch := &inspector{t: t, document: specification(t, folder, version), served: map[string]bool{}}
				c := s.client(t, version, func(c *api.Config) {
					watch.via, c.HTTP.Transport = c.HTTP.Transport, watch
				})
				exercise(t, s, c)
				for _, operation := range []string{
					"GET 200", "GET 400", "GET 403", "GET 500", "POST 200", "POST 400", "PATCH 200", "PATCH 400", "PATCH 404", "DELETE 204", "DELETE 404",
				} {
					if !watch.served[operation] {
						t.Errorf("%s was not seen", operation)
					}
				}
			})
		}
	}
}

// specification reads the OpenAPI file of a version.
func specification(t *testing.T, folder string, version api.Version) *openapi3.T {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, "sailpoint-"+string(version)+".json"))
	if err != nil {
		t.Fatal(err)
	}
	// The contract contradicts its own prose in two places: the patch of an expiration date tells callers to replace it
	// with null, and a token that never expires has none.
	document.Components.Schemas["JsonPatchOperation"].Value.Properties["value"].Value.Nullable = true
	document.Components.Schemas["CreatePersonalAccessTokenResponse"].Value.Properties["expirationDate"].Value.Nullable = true
	return document
}

// exercise calls everything that the client can do, and what the tenant refuses.
func exercise(t *testing.T, s tenant, c *api.Client) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	refused := func(status int, err error) {
		t.Helper()
		if failure(t, err).Status != status {
			t.Errorf("want %d, got %v", status, err)
		}
	}
	want := dated("a", s.in(time.Hour))
	want.Scope, want.AccessTokenValiditySeconds = []string{"sp:a:read"}, new(int64(15))
	made := s.create(t, c, want)
	_, err := c.Create(ctx, want)
	refused(400, err)
	changes := api.Changes{Name: new("b"), Scope: []string{"sp:b:read", "sp:c:read"}}
	_, err = c.Patch(ctx, made.ID, changes)
	must(err)
	if c.Version().PatchesExpiry() {
		s.create(t, c, endless("endless"))
		later := s.in(2 * time.Hour)
		_, err = c.Patch(ctx, made.ID, api.Changes{Expiry: &api.Expiry{At: &later}})
		must(err)
		_, err = c.Patch(ctx, made.ID, api.Changes{Expiry: &api.Expiry{}})
		must(err)
	} else {
		s.create(t, c, api.NewPersonalAccessToken{Name: "with the default"})
	}
	_, err = c.Patch(ctx, made.ID, api.Changes{Name: new(" ")})
	refused(400, err)
	_, err = c.Patch(ctx, "no-such-token", changes)
	refused(404, err)
	for _, owner := range []string{api.Me, api.Everybody, s.Bootstrap().IdentityID} {
		_, err = c.ListAnew(ctx, owner)
		must(err)
	}
	_, err = c.ListFiltered(ctx, api.Everybody, "lastUsed isnull")
	must(err)
	_, err = c.ListFiltered(ctx, api.Me, "name eq x")
	refused(400, err)
	if err := s.Stage().Faults.Add(fakeapi.Fault{Method: http.MethodGet, Fault: "status:500", Times: 2}); err != nil {
		t.Fatal(err)
	}
	_, err = c.ListAnew(ctx, api.Me)
	refused(500, err)
	must(s.Stage().Faults.Add(fakeapi.Fault{Method: http.MethodGet, Fault: "status:403"}))
	_, err = c.ListAnew(ctx, api.Me)
	refused(403, err)
	must(c.Delete(ctx, made.ID, ""))
	must(c.Delete(ctx, made.ID, ""))
	must(s.DeleteToken(s.Bootstrap().ClientID))
	if err := c.Delete(ctx, "x", ""); failure(t, err).Kind != rest.LoginRefused {
		t.Errorf("a deleted credential still works: %v", err)
	}
}

// inspector checks what passes between the client and the tenant.
type inspector struct {
	t        *testing.T
	document *openapi3.T
	via      http.RoundTripper
	served   map[string]bool
}

// RoundTrip sends a request on and holds it and its answer against the contract.
func (i *inspector) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := i.via.RoundTrip(r)
	if err != nil || r.URL.Path == "/oauth/token" {
		return resp, err
	}
	received, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(received))
	i.served[r.Method+" "+resp.Status[:3]] = true
	if err := i.judge(r, sent, resp, received); err != nil {
		i.t.Errorf("%s %s, answered %d: %v\nsent %s\nreceived %s", r.Method, r.URL, resp.StatusCode, err, sent, received)
	}
	return resp, nil
}

func (i *inspector) judge(r *http.Request, sent []byte, resp *http.Response, received []byte) error {
	route, parameters, err := i.route(r)
	if err != nil {
		return err
	}
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
	}
	input := &openapi3filter.RequestValidationInput{Request: copied, PathParams: parameters, Route: route, Options: options}
	problems := []error{openapi3filter.ValidateRequest(r.Context(), input)}
	for name := range r.URL.Query() {
		if route.Operation.Parameters.GetByInAndName("query", name) == nil {
			problems = append(problems, errors.New("undocumented query parameter "+name))
		}
	}
	if body := route.Operation.RequestBody; body != nil {
		for _, media := range body.Value.Content {
			problems = append(problems, undocumented(media.Schema.Value, sent))
		}
	} else if len(sent) > 0 {
		problems = append(problems, errors.New("a body where none is documented"))
	}
	problems = append(problems, openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Options: options,
		Body: io.NopCloser(bytes.NewReader(received)),
	}))
	if documented := route.Operation.Responses.Status(resp.StatusCode); documented != nil {
		for _, media := range documented.Value.Content {
			problems = append(problems, undocumented(media.Schema.Value, received))
		}
	}
	return errors.Join(problems...)
}

// route finds the operation of a request. Older versions stand in the server's address and not in the paths.
func (i *inspector) route(r *http.Request) (*routers.Route, map[string]string, error) {
	for template, item := range i.document.Paths.Map() {
		collection := strings.TrimSuffix(template, "/{id}")
		_, tail, found := strings.Cut(r.URL.EscapedPath(), collection)
		id := strings.TrimPrefix(tail, "/")
		if !found || (id != "") != strings.HasSuffix(template, "/{id}") {
			continue
		}
		operation := item.GetOperation(r.Method)
		if operation == nil {
			break
		}
		route := &routers.Route{Spec: i.document, Path: template, PathItem: item, Method: r.Method, Operation: operation}
		return route, map[string]string{"id": id}, nil
	}
	return nil, nil, errors.New("the contract has no such operation")
}

// undocumented reports properties that a schema does not have; the contract allows them everywhere, and a misspelt optional
// one would pass.
func undocumented(schema *openapi3.Schema, body []byte) error {
	var objects []map[string]json.RawMessage
	if schema.Items != nil {
		schema = schema.Items.Value
		_ = json.Unmarshal(body, &objects)
	} else {
		objects = []map[string]json.RawMessage{{}}
		_ = json.Unmarshal(body, &objects[0])
	}
	for _, object := range objects {
		for name := range object {
			if schema.Properties[name] == nil {
				return errors.New("undocumented property " + name)
			}
		}
	}
	return nil
}
