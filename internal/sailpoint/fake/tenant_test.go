package fake_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

const (
	v1   = "/personal-access-tokens/v1"
	beta = "/beta/personal-access-tokens"
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
	return &tenant{Server: server, t: t, url: listening.URL, via: http.DefaultTransport}
}

// reply is an answer with its body decoded.
type reply struct {
	status int
	header http.Header
	text   string
	body   any
}

func (r reply) object() map[string]any {
	object, _ := r.body.(map[string]any)
	return object
}

func (r reply) items() []map[string]any {
	list, _ := r.body.([]any)
	items := []map[string]any{}
	for _, item := range list {
		object, _ := item.(map[string]any)
		items = append(items, object)
	}
	return items
}

func (r reply) names() string {
	var names []string
	for _, item := range r.items() {
		name, _ := item["name"].(string)
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

func (r reply) string(key string) string {
	text, _ := r.object()[key].(string)
	return text
}

// send sends one request; contentType is left out if empty.
func (s *tenant) send(method, path, bearer, contentType, body string) reply {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	response, err := s.via.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	r := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	if len(text) > 0 {
		if err := json.Unmarshal(text, &r.body); err != nil {
			s.t.Fatalf("%s %s: %s", method, path, text)
		}
	}
	return r
}

func (s *tenant) login(clientID, clientSecret string) reply {
	s.t.Helper()
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
	return s.send("POST", "/oauth/token", "", "application/x-www-form-urlencoded", form.Encode())
}

// bearer returns a bearer of the bootstrap administrator.
func (s *tenant) bearer() string {
	s.t.Helper()
	return s.bearerOf(s.Bootstrap().ClientID, s.Bootstrap().ClientSecret)
}

func (s *tenant) bearerOf(clientID, clientSecret string) string {
	s.t.Helper()
	granted := s.login(clientID, clientSecret)
	if granted.status != http.StatusOK {
		s.t.Fatalf("login: %d %s", granted.status, granted.text)
	}
	return granted.string("access_token")
}

// scoped returns a bearer of a token with these scopes, made for the user.
func (s *tenant) scoped(owner string, scopes ...string) string {
	s.t.Helper()
	token, err := s.AddToken(fake.Token{Owner: owner, Name: "scoped " + strings.Join(scopes, " "), Scope: scopes})
	if err != nil {
		s.t.Fatal(err)
	}
	return s.bearerOf(token.ID, token.Secret)
}

func (s *tenant) create(path, bearer, body string) reply {
	s.t.Helper()
	return s.send("POST", path, bearer, "application/json", body)
}

func (s *tenant) created(path, bearer, body string) reply {
	s.t.Helper()
	made := s.create(path, bearer, body)
	if made.status != http.StatusOK {
		s.t.Fatalf("create %s: %d %s", body, made.status, made.text)
	}
	return made
}

func (s *tenant) patch(path, id, bearer, body string) reply {
	s.t.Helper()
	return s.send("PATCH", path+"/"+id, bearer, "application/json-patch+json", body)
}

func (s *tenant) list(path, bearer, query string) reply {
	s.t.Helper()
	return s.send("GET", path+query, bearer, "", "")
}

func (s *tenant) remove(path, id, bearer string) reply {
	s.t.Helper()
	return s.send("DELETE", path+"/"+id, bearer, "", "")
}

func (s *tenant) set(change func(*fake.Switches)) {
	s.t.Helper()
	if err := s.SetSwitches(change); err != nil {
		s.t.Fatal(err)
	}
}

// in is a time from the emulator's clock as the API writes it.
func (s *tenant) in(d time.Duration) string {
	return s.Stage().Clock.Now().Add(d).Format("2006-01-02T15:04:05.000Z")
}

// refused checks a status and, for the statuses that have one, the detailed reason.
func refused(t *testing.T, r reply, status int, says string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.text, says) {
		t.Errorf("%d %s; expected %d with %q", r.status, r.text, status, says)
	}
}
