package fake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const (
	pats     = "/api/svc/v1/personal-access-tokens"
	accounts = "/api/svc/v1/virtual-accounts"
	day      = 24 * time.Hour
)

// tenant is an emulator behind a real listener.
type tenant struct {
	*fake.Server
	t   *testing.T
	url string
	// via carries the requests.
	via http.RoundTripper
}

func start(t *testing.T, switches fake.Switches) *tenant {
	t.Helper()
	server, err := fake.New(fake.Options{Switches: switches})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	// Without reused connections the transport repeats nothing by itself.
	return &tenant{Server: server, t: t, url: listening.URL, via: &http.Transport{DisableKeepAlives: true}}
}

// reply is an answer with its body decoded.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any
}

// at follows keys into the body.
func (r reply) at(keys ...string) any {
	var value any = r.body
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value
}

func (r reply) string(keys ...string) string {
	text, _ := r.at(keys...).(string)
	return text
}

// has tells whether the body has the last of these keys, be it null.
func (r reply) has(keys ...string) bool {
	object, _ := r.at(keys[:len(keys)-1]...).(map[string]any)
	_, present := object[keys[len(keys)-1]]
	return present
}

// item follows keys into a row.
func (r reply) item(index int, keys ...string) any {
	return reply{body: r.items()[index]}.at(keys...)
}

func (r reply) items() []map[string]any {
	list, _ := r.at("data").([]any)
	items := []map[string]any{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		items = append(items, object)
	}
	return items
}

func (r reply) names() string {
	names := []string{}
	for _, item := range r.items() {
		manifest, _ := item["manifest"].(map[string]any)
		name, _ := manifest["name"].(string)
		if !strings.HasPrefix(name, "default-") {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// as sends one request with a token; a body is JSON. err is the error of the transport.
func (s *tenant) as(token, method, path, body string) (reply, error) {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := s.via.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	if len(text) > 0 && json.Unmarshal(text, &r.body) != nil {
		s.t.Fatalf("%s %s: %s", method, path, text)
	}
	return r, nil
}

// send sends a request as the bootstrap administrator.
func (s *tenant) send(method, path, body string) reply {
	s.t.Helper()
	return s.sendAs(s.Bootstrap().Token, method, path, body)
}

func (s *tenant) sendAs(token, method, path, body string) reply {
	s.t.Helper()
	r, err := s.as(token, method, path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// fine sends a request that has to succeed.
func (s *tenant) fine(method, path, body string) reply {
	s.t.Helper()
	r := s.send(method, path, body)
	if r.status < 200 || r.status > 299 {
		s.t.Fatalf("%s %s %s: %d %s", method, path, body, r.status, r.text)
	}
	return r
}

// pat creates a personal access token and returns its secret and ID.
func (s *tenant) pat(body string) (token, id string) {
	s.t.Helper()
	r := s.fine("POST", pats, body)
	var request struct{ Name string }
	if err := json.Unmarshal([]byte(body), &request); err != nil {
		s.t.Fatal(err)
	}
	stored, _ := s.PersonalAccessTokenNamed("", request.Name)
	return r.string("token"), stored.ID
}

// put upserts a virtual account; fields go into the manifest.
func (s *tenant) put(name, fields string) reply {
	s.t.Helper()
	return s.send("PUT", accounts, `{"manifest": `+manifest(name, fields)+`}`)
}

func manifest(name, fields string) string {
	if fields != "" {
		fields = ", " + fields
	}
	return `{"name": "` + name + `", "type": "virtual-account"` + fields + `}`
}

// account creates a virtual account and returns its secret and ID.
func (s *tenant) account(name, fields string) (token, id string) {
	s.t.Helper()
	r := s.put(name, fields)
	if r.status != http.StatusOK || r.string("token") == "" {
		s.t.Fatalf("create %s: %d %s", name, r.status, r.text)
	}
	return r.string("token"), r.string("data", "id")
}

func (s *tenant) user(user fake.User) fake.Credential {
	s.t.Helper()
	credential, err := s.AddUser(user)
	if err != nil {
		s.t.Fatal(err)
	}
	return credential
}

func (s *tenant) set(change func(*fake.Switches)) {
	s.t.Helper()
	if err := s.SetSwitches(change); err != nil {
		s.t.Fatal(err)
	}
}

func (s *tenant) fault(fault fakeapi.Fault) {
	s.t.Helper()
	if err := s.Stage().Faults.Add(fault); err != nil {
		s.t.Fatal(err)
	}
}

// works tells whether a token authenticates.
func (s *tenant) works(token string) bool {
	s.t.Helper()
	probe, err := fake.UseToken(s.t.Context(), s.url, token)
	if err != nil {
		s.t.Fatal(err)
	}
	if !probe.Works() && (probe.Status != http.StatusUnauthorized || probe.Message == "") {
		s.t.Fatalf("a dead token: %+v", probe)
	}
	return probe.Works()
}

func (s *tenant) advance(d time.Duration) { s.Stage().Clock.Advance(d) }

// in is a time from the emulator's clock in a form.
func (s *tenant) in(d time.Duration, form string) string {
	return s.Stage().Clock.Now().Add(d).Format(form)
}

func refused(t *testing.T, r reply, status int, says string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.text, says) || r.at("statusCode") != float64(status) {
		t.Errorf("%d %s; expected %d with %q", r.status, r.text, status, says)
	}
}
