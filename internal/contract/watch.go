package contract

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// Watch sends requests on and holds them and their answers against a document.
type Watch struct {
	T        testing.TB
	Document *Document
	Via      http.RoundTripper
	// Outside are paths that the document does not describe, such as a login's.
	Outside []string
	// Provokes allows requests that break the contract, as long as the server refuses them: a client never sends one, an emulator
	// has to see some.
	Provokes bool
	// ExtraKeys allows answers to hold properties that the contract does not know.
	ExtraKeys bool
}

var _ http.RoundTripper = (*Watch)(nil)

// RoundTrip implements [http.RoundTripper].
func (w *Watch) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := w.Via.RoundTrip(r)
	if err != nil || slices.Contains(w.Outside, r.URL.Path) {
		return resp, err
	}
	received, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(received))
	if err := w.judge(r, sent, resp, received); err != nil {
		w.T.Errorf("%s %s, answered %d: %v\nsent %s\nreceived %s", r.Method, r.URL, resp.StatusCode, err, sent, received)
	}
	return resp, nil
}

func (w *Watch) judge(r *http.Request, sent []byte, resp *http.Response, received []byte) error {
	route, parameters := w.Document.route(r)
	if route == nil {
		return errors.New("the contract has no such operation")
	}
	w.Document.answered(r.Method+" "+route.Path, resp.StatusCode)
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(sent))
	input := &openapi3filter.RequestValidationInput{Request: copied, PathParams: parameters, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true,
	}}
	var problems []error
	if !w.Provokes || succeeded(resp.StatusCode) {
		problems = append(problems, request(r.Context(), input, sent))
	}
	return errors.Join(append(problems, w.answer(r.Context(), input, resp, received))...)
}

// request holds a request against its operation.
func request(ctx context.Context, input *openapi3filter.RequestValidationInput, sent []byte) error {
	r, operation := input.Request, input.Route.Operation
	problems := []error{openapi3filter.ValidateRequest(ctx, input)}
	for name := range r.URL.Query() {
		if !documentsQuery(input.Route, name) {
			problems = append(problems, errors.New("undocumented query parameter "+name))
		}
	}
	switch {
	case operation.RequestBody != nil:
		problems = append(problems, body(operation.RequestBody.Value.Content, r.Header, sent))
	case len(sent) > 0:
		problems = append(problems, errors.New("a body where none is documented"))
	}
	return errors.Join(problems...)
}

func documentsQuery(route *routers.Route, name string) bool {
	return slices.ContainsFunc([]openapi3.Parameters{route.Operation.Parameters, route.PathItem.Parameters}, func(p openapi3.Parameters) bool {
		return p.GetByInAndName(openapi3.ParameterInQuery, name) != nil
	})
}

// answer holds an answer against its operation.
func (w *Watch) answer(ctx context.Context, input *openapi3filter.RequestValidationInput, resp *http.Response, received []byte) error {
	problems := []error{openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(received)),
	})}
	documented := input.Route.Operation.Responses.Status(resp.StatusCode)
	switch {
	case documented == nil:
	case len(documented.Value.Content) == 0 && len(received) > 0:
		problems = append(problems, errors.New("a body where none is documented"))
	case !w.ExtraKeys:
		problems = append(problems, body(documented.Value.Content, resp.Header, received))
	}
	return errors.Join(problems...)
}
