package fake_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

const (
	api    = "/api/magpie"
	tokens = api + "/access-token"
	robot  = "robot@example.com"
	person = "person@example.com"
)

// organization is an emulator behind a real listener, with a service account and a user beside the administrator.
type organization struct {
	*fake.Server
	t   *testing.T
	url string
	// admin is a session of the administrator.
	admin string
}

func start(t *testing.T, switches fake.Switches) *organization {
	t.Helper()
	server, err := fake.New(fake.Options{Switches: switches})
	if err != nil {
		t.Fatal(err)
	}
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	o := &organization{Server: server, t: t, url: listening.URL}
	o.user(fake.User{Name: robot, ServiceAccount: true})
	o.user(fake.User{Name: person})
	o.admin = o.session(server.Bootstrap().UserName)
	return o
}

func (o *organization) user(user fake.User) fake.Credential {
	o.t.Helper()
	credential, err := o.AddUser(user)
	if err != nil {
		o.t.Fatal(err)
	}
	return credential
}

func (o *organization) add(token fake.Token) fake.Token {
	o.t.Helper()
	made, err := o.AddToken(token)
	if err != nil {
		o.t.Fatal(err)
	}
	return made
}

func (o *organization) session(user string) string {
	o.t.Helper()
	value, err := o.OpenSession(user)
	if err != nil {
		o.t.Fatal(err)
	}
	return value
}

func (o *organization) set(change func(*fake.Switches)) {
	o.t.Helper()
	if err := o.SetSwitches(change); err != nil {
		o.t.Fatal(err)
	}
}

func (o *organization) fault(fault fakeapi.Fault) {
	o.t.Helper()
	if err := o.Stage().Faults.Add(fault); err != nil {
		o.t.Fatal(err)
	}
}

// reply is an answer with its body decoded if it is JSON.
type reply struct {
	status int
	header http.Header
	text   string
	body   any
}

func (r reply) string(key string) string {
	object, _ := r.body.(map[string]any)
	text, _ := object[key].(string)
	return text
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

// ids returns the IDs of a list in its order.
func (r reply) ids() string {
	var ids []string
	for _, item := range r.items() {
		ids = append(ids, fmt.Sprint(item["id"]))
	}
	return strings.Join(ids, " ")
}

// attempt sends one request with headers given as "Name: value".
func (o *organization) attempt(method, path, body string, headers ...string) (reply, error) {
	o.t.Helper()
	request, err := http.NewRequestWithContext(o.t.Context(), method, o.url+path, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	// A transport of its own repeats nothing on a stale connection.
	transport := &http.Transport{DisableKeepAlives: true}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	r := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	decoder := json.NewDecoder(strings.NewReader(r.text))
	decoder.UseNumber()
	if decoder.Decode(&r.body) != nil {
		r.body = nil
	}
	return r, err
}

func (o *organization) send(method, path, body string, headers ...string) reply {
	o.t.Helper()
	r, err := o.attempt(method, path, body, headers...)
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// as sends a request with a session.
func (o *organization) as(session, method, path, body string) reply {
	o.t.Helper()
	return o.send(method, path, body, "Authorization: token "+session)
}

func (o *organization) login(body string) reply {
	o.t.Helper()
	return o.send("POST", api+"/login", body, "Content-Type: application/json")
}

func (o *organization) password(user, password string) reply {
	o.t.Helper()
	body, err := json.Marshal(map[string]string{"username": user, "password": password})
	if err != nil {
		o.t.Fatal(err)
	}
	return o.login(string(body))
}

func (o *organization) token(secret string) reply {
	o.t.Helper()
	return o.login(`{"token": "` + secret + `"}`)
}

func (o *organization) list(user string) reply {
	o.t.Helper()
	return o.as(o.admin, "GET", tokens+"/user/"+escape(user), "")
}

// create makes a token for a service account and returns it as stored.
func (o *organization) create(user string) fake.Token {
	o.t.Helper()
	made := o.as(o.admin, "POST", tokens+"/user/"+escape(user), "")
	all := o.Tokens(user)
	if made.status != 200 || len(all) == 0 || all[len(all)-1].Secret != made.string("token") {
		o.t.Fatalf("create for %s: %d %s", user, made.status, made.text)
	}
	return all[len(all)-1]
}

func (o *organization) uses(token string) fake.Probe {
	o.t.Helper()
	probe, err := fake.UseToken(o.t.Context(), o.url, token)
	if err != nil {
		o.t.Fatal(err)
	}
	return probe
}

func escape(segment string) string {
	return strings.ReplaceAll(url.PathEscape(segment), "+", "%2B")
}

func refused(t *testing.T, r reply, status int, says string) {
	t.Helper()
	if r.status != status || !strings.Contains(r.text, says) {
		t.Errorf("%d %s; expected %d with %q", r.status, r.text, status, says)
	}
}
