package contract

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// specification has one of each thing that contracts are made of.
const specification = `{
	"openapi": "3.0.3", "info": {"title": "things", "version": "1"}, "servers": [{"url": "https://{tenant}.example.com/v7/"}],
	"paths": {
		"/things": {
			"post": {
				"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Request"}}}},
				"responses": {
					"200": {"description": "", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}}},
					"400": {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
				}
			}
		},
		"/things/exists": {
			"get": {"parameters": [{"in": "query", "name": "name", "schema": {"type": "string"}}], "responses": {"204": {"description": ""}}}
		},
		"/things/{id}": {
			"parameters": [{"in": "path", "name": "id", "required": true, "schema": {"type": "string"}}],
			"get": {"responses": {"204": {"description": ""}, "404": {"description": ""}}}
		}
	},
	"components": {"schemas": {
		"Request": {
			"type": "object", "properties": {"thing": {"$ref": "#/components/schemas/Thing"}, "days": {"type": "number"}, "minutes": {"type": "number"}},
			"oneOf": [{"required": ["days"]}, {"required": ["minutes"]}]
		},
		"Thing": {"allOf": [
			{"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "tags": {"type": "object"}}},
			{"type": "object", "properties": {"store": {"oneOf": [{"$ref": "#/components/schemas/Vault"}, {"$ref": "#/components/schemas/Group"}]}}}
		]},
		"Vault": {"type": "object", "required": ["path"], "properties": {"path": {"type": "string"}}},
		"Group": {"type": "object", "required": ["group", "key"], "properties": {"group": {"type": "string"}, "key": {"type": "string"}}}
	}}
}`

func document(t *testing.T) *Document {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromData([]byte(specification))
	if err != nil {
		t.Fatal(err)
	}
	return newDocument(spec)
}

// server answers everything with the same status and body.
type server struct {
	status int
	body   string
}

func (s server) RoundTrip(r *http.Request) (*http.Response, error) {
	header := http.Header{}
	if s.body != "" {
		header.Set("Content-Type", "application/json; charset=utf-8")
	}
	return &http.Response{StatusCode: s.status, Header: header, Request: r, Body: io.NopCloser(strings.NewReader(s.body))}, nil
}

// judged is what a watch says to one exchange.
func judged(t *testing.T, w *Watch, method, path, sent string, answer server) error {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, "https://acme.example.com"+path, strings.NewReader(sent))
	if err != nil {
		t.Fatal(err)
	}
	if sent != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := answer.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return w.judge(r, []byte(sent), resp, []byte(answer.body))
}

// holds expects an error with a text, or none.
func holds(t *testing.T, err error, says string) {
	t.Helper()
	switch {
	case says == "" && err != nil:
		t.Errorf("%v; expected nothing wrong", err)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		t.Errorf("%v; expected %q", err, says)
	}
}

func TestWatch_requests(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ body, says string }{
		"one form":                         {`{"days": 1}`, ""},
		"the other form":                   {`{"minutes": 1}`, ""},
		"both forms":                       {`{"days": 1, "minutes": 1}`, "matches more than one"},
		"neither form":                     {`{}`, "doesn't match schema"},
		"a misspelt property":              {`{"days": 1, "minuts": 1}`, "undocumented property minuts of the body"},
		"no body":                          {``, "value is required"},
		"a property of a part":             {`{"days": 1, "thing": {"name": "a", "tags": {"any": "thing"}}}`, ""},
		"a misspelt property of a part":    {`{"days": 1, "thing": {"name": "a", "stor": {}}}`, "undocumented property stor of the body.thing"},
		"a form inside":                    {`{"days": 1, "thing": {"name": "a", "store": {"path": "p"}}}`, ""},
		"the other form inside":            {`{"days": 1, "thing": {"name": "a", "store": {"group": "g", "key": "k"}}}`, ""},
		"no form inside":                   {`{"days": 1, "thing": {"name": "a", "store": {"group": "g"}}}`, "doesn't match schema"},
		"a property of the other form too": {`{"days": 1, "thing": {"name": "a", "store": {"path": "p", "key": "k"}}}`, "undocumented property key of the body.thing.store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, judged(t, &Watch{Document: document(t)}, "POST", "/v7/things", c.body, server{200, `[]`}), c.says)
			provoking := &Watch{Document: document(t), Provokes: true}
			holds(t, judged(t, provoking, "POST", "/v7/things", c.body, server{200, `[]`}), c.says)
			holds(t, judged(t, provoking, "POST", "/v7/things", c.body, server{400, `{}`}), "")
		})
	}
}

func TestWatch_answers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer server
		says   string
	}{
		"as documented":              {server{200, `[{"name": "a", "store": {"path": "p"}}]`}, ""},
		"a misspelt property":        {server{200, `[{"name": "a", "stor": {}}]`}, "undocumented property stor of the body[0]"},
		"a missing property":         {server{200, `[{}]`}, `property "name" is missing`},
		"an undocumented status":     {server{202, ``}, "status is not supported"},
		"no body where there is one": {server{200, ``}, "response"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			holds(t, judged(t, &Watch{Document: document(t)}, "POST", "/v7/things", `{"days": 1}`, c.answer), c.says)
		})
	}
	lenient := &Watch{Document: document(t), ExtraKeys: true}
	holds(t, judged(t, lenient, "POST", "/v7/things", `{"days": 1}`, server{200, `[{"name": "a", "stor": {}}]`}), "")
}

func TestWatch_routes(t *testing.T) {
	t.Parallel()
	d := document(t)
	w := &Watch{Document: d}
	holds(t, judged(t, w, "GET", "/v7/things/a", "", server{204, ""}), "")
	holds(t, judged(t, w, "GET", "/v7/things/exists?name=a", "", server{204, ""}), "")
	if !d.Answered("GET /things/{id}", 204) || !d.Answered("GET /things/exists", 204) || d.Answered("GET /things/exists", 404) {
		t.Errorf("the tally is %v", d.tried)
	}
	holds(t, judged(t, w, "GET", "/v7/things/exists?nam=a", "", server{204, ""}), "undocumented query parameter nam")
	holds(t, judged(t, w, "GET", "/v7/things/a", `{}`, server{204, ""}), "a body where none is documented")
	holds(t, judged(t, w, "GET", "/v7/things/a", "", server{204, "{}"}), "a body where none is documented")
	for _, path := range []string{"/things/a", "/v7/things/", "/v7/things/a/b", "/v7/thing"} {
		holds(t, judged(t, w, "GET", path, "", server{204, ""}), "no such operation")
	}
	holds(t, judged(t, w, "DELETE", "/v7/things/a", "", server{204, ""}), "no such operation")
}

// TestWatch_RoundTrip passes an exchange on unchanged, and leaves alone what the document does not describe.
func TestWatch_RoundTrip(t *testing.T) {
	t.Parallel()
	d := document(t)
	w := &Watch{T: t, Document: d, Via: server{200, `[{"name": "a"}]`}, Outside: []string{"/login"}}
	for _, path := range []string{"/v7/things", "/login"} {
		r, err := http.NewRequestWithContext(t.Context(), "POST", "https://acme.example.com"+path, strings.NewReader(`{"days": 1}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		resp, err := w.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		received, err := io.ReadAll(resp.Body)
		if err != nil || string(received) != `[{"name": "a"}]` {
			t.Errorf("received %s, %v", received, err)
		}
		_ = resp.Body.Close()
	}
	if len(d.tried) != 1 {
		t.Errorf("the tally is %v", d.tried)
	}
}

func TestDocument_Account(t *testing.T) {
	t.Parallel()
	const create, exists, read = "POST /things", "GET /things/exists", "GET /things/{id}"
	for name, c := range map[string]struct {
		tried   map[string]int
		offered string
		unused  Unused
		says    string
	}{
		"used or named":             {map[string]int{create: 200, read: 204}, "", Unused{exists: "new"}, ""},
		"all used":                  {map[string]int{create: 200, read: 204, exists: 204}, "", nil, ""},
		"neither used nor named":    {map[string]int{create: 200, read: 204}, "", nil, exists + " is neither used nor named"},
		"used after all":            {map[string]int{create: 200, read: 204, exists: 404}, "", Unused{exists: "new"}, exists + " is used, and named as unused (new)"},
		"offered after all":         {map[string]int{create: 200, read: 204}, "/v7/things/exists", Unused{exists: "new"}, exists + " is used, and named"},
		"offered, and never tried":  {map[string]int{create: 200, exists: 204}, "/v7/things/{other}", nil, read + " has not succeeded: it answered []"},
		"refused only":              {map[string]int{create: 400, read: 204}, "", Unused{exists: "new"}, create + " has not succeeded: it answered [400]"},
		"named without a reason":    {map[string]int{create: 200, read: 204}, "", Unused{exists: " "}, exists + " is named as unused without a reason"},
		"named, and not documented": {map[string]int{create: 200, read: 204}, "", Unused{exists: "new", "GET /thing": "old"}, "no such operation"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := document(t)
			for operation, status := range c.tried {
				d.answered(operation, status)
			}
			if c.offered != "" {
				holds(t, d.Offer("GET", c.offered), "")
			}
			holds(t, d.Account(c.unused), c.says)
		})
	}
	holds(t, document(t).Offer("PUT", "/v7/things"), "no operation PUT /v7/things")
	holds(t, document(t).Offer("GET", "/things/{id}"), "no operation")
}

type client struct{}

func (client) Send(context.Context)             {}
func (client) SendMore(context.Context, string) {}
func (client) Name() string                     { return "" }

func TestUntried(t *testing.T) {
	t.Parallel()
	var c client
	c.Send(t.Context())
	holds(t, Untried(c, "contract_test.go"), "contract_test.go does not call SendMore")
	holds(t, Untried(struct{}{}, "contract_test.go"), "")
	holds(t, Untried(c, "no_such_test.go"), "no_such_test.go")
	if err := Untried(c, "contract_test.go"); strings.Contains(err.Error(), "does not call Send\n") || strings.Contains(err.Error(), "Name") {
		t.Error(err)
	}
}
