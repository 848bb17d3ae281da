package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

func start(t *testing.T) *sandbox.Sandbox {
	t.Helper()
	sb, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sb.Close(); err != nil {
			t.Error(err)
		}
	})
	return sb
}

// control calls a control route and decodes its answer into into, unless that is nil.
func control(t *testing.T, sb *sandbox.Sandbox, method, route, body string, into any) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, sb.ControlURL()+route, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatalf("%s %s: %d %s", method, route, response.StatusCode, text)
		}
	}
	return response.StatusCode, string(text)
}

func TestSandbox_environmentWorks(t *testing.T) {
	t.Parallel()
	sb := start(t)
	env := sb.Env()
	if !strings.HasPrefix(env["SAIL_BASE_URL"], "http://127.0.0.1:") || env["SAIL_BASE_URL"] != sb.URL("sailpoint") || len(env) != 9 {
		t.Errorf("%v", env)
	}
	probe, err := sailpoint.UseToken(t.Context(), env["SAIL_BASE_URL"], env["SAIL_CLIENT_ID"], env["SAIL_CLIENT_SECRET"])
	if err != nil || !probe.Works() {
		t.Errorf("%+v %v", probe, err)
	}
	if probe, err := magpie.UseToken(t.Context(), env["MAGPIE_BASE_URL"], env["MAGPIE_ACCESS_TOKEN"]); err != nil || !probe.Works() {
		t.Errorf("%+v %v", probe, err)
	}
	if probe, err := magpie.UsePassword(t.Context(), env["MAGPIE_BASE_URL"], env["MAGPIE_USERNAME"], env["MAGPIE_PASSWORD"]); err != nil || !probe.Works() {
		t.Errorf("%+v %v", probe, err)
	}
	if probe, err := truefoundry.UseToken(t.Context(), env["TFY_HOST"], env["TFY_API_KEY"]); err != nil || !probe.Works() {
		t.Errorf("%+v %v", probe, err)
	}
	if sb.URL("other") != "" || sb.Settings("other") != nil {
		t.Error("an unknown system has a URL")
	}
}

func TestSandbox_ports(t *testing.T) {
	t.Parallel()
	first := start(t)
	port, err := strconv.Atoi(first.URL("sailpoint")[strings.LastIndex(first.URL("sailpoint"), ":")+1:])
	if err != nil {
		t.Fatal(err)
	}
	if sb, err := sandbox.Start(sandbox.Options{Ports: map[string]int{"sailpoint": port}}); err == nil {
		t.Error("started on a taken port", sb.Close())
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := sandbox.Start(sandbox.Options{Ports: map[string]int{"sailpoint": port}})
	if err != nil {
		t.Fatal(err)
	}
	if second.URL("sailpoint") != first.URL("sailpoint") {
		t.Errorf("%s instead of %s", second.URL("sailpoint"), first.URL("sailpoint"))
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}
	if _, err := sandbox.Start(sandbox.Options{Ports: map[string]int{"other": 1}}); err == nil {
		t.Error("a port for an unknown system was accepted")
	}
	if _, err := sandbox.Start(sandbox.Options{SailPoint: sailpoint.Switches{OmittedScope: "x"}}); err == nil {
		t.Error("a bad switch was accepted")
	}
}

func TestSandbox_closeEndsHangingRequests(t *testing.T) {
	t.Parallel()
	sb := start(t)
	if err := sb.Faults().Add(fakeapi.Fault{Fault: "hang"}); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := sailpoint.UseToken(t.Context(), sb.URL("sailpoint"), "a", "b")
		done <- err
	}()
	for sb.Journal().Count(fakeapi.Filter{}) == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	if err := sb.Close(); err != nil {
		t.Error(err)
	}
	if err := <-done; err == nil {
		t.Error("the hanging request was answered")
	}
}

func TestControl_live(t *testing.T) {
	t.Parallel()
	sb := start(t)
	if _, text := control(t, sb, "GET", "/live", "", nil); text != "{\"magpie\":[],\"sailpoint\":[],\"truefoundry\":[]}\n" {
		t.Errorf("nothing: %s", text)
	}
	token, err := sb.SailPoint.AddToken(sailpoint.Token{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var live map[string][]map[string]string
	control(t, sb, "GET", "/live", "", &live)
	want := map[string][]map[string]string{"sailpoint": {
		{"id": token.ID, "owner": token.Owner, "name": "a", "status": "active"},
	}, "magpie": {}, "truefoundry": {}}
	if diff := cmp.Diff(want, live); diff != "" {
		t.Error(diff)
	}
}

func TestControl_journal(t *testing.T) {
	t.Parallel()
	sb := start(t)
	if _, text := control(t, sb, "GET", "/journal", "", nil); text != "[]\n" {
		t.Errorf("nothing: %s", text)
	}
	env := sb.Env()
	if _, err := sailpoint.UseToken(t.Context(), env["SAIL_BASE_URL"], env["SAIL_CLIENT_ID"], env["SAIL_CLIENT_SECRET"]); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		"":                                    2,
		"?system=sailpoint":                   2,
		"?method=get":                         1,
		"?route=/oauth/token":                 1,
		"?status=200":                         2,
		"?path=/personal-access-tokens/v1":    1,
		"?caller=" + env["SAIL_CLIENT_ID"]:    2,
		"?caller=nobody&route=/oauth/token":   0,
		"?system=sailpoint&method=POST&path=": 1,
	} {
		var entries []map[string]any
		if control(t, sb, "GET", "/journal"+query, "", &entries); len(entries) != want {
			t.Errorf("%q: %d entries instead of %d", query, len(entries), want)
		}
	}
	control(t, sb, "DELETE", "/journal", "", nil)
	if _, text := control(t, sb, "GET", "/journal", "", nil); text != "[]\n" {
		t.Errorf("after DELETE: %s", text)
	}
}

func TestControl_clock(t *testing.T) {
	t.Parallel()
	sb := start(t)
	var before, after struct{ Now time.Time }
	control(t, sb, "GET", "/clock", "", &before)
	control(t, sb, "POST", "/clock?advance=24h", "", &after)
	if moved := after.Now.Sub(before.Now); moved < 24*time.Hour || moved > 24*time.Hour+time.Minute {
		t.Errorf("moved by %s", moved)
	}
	if ahead := time.Until(sb.Clock().Now()); ahead < 23*time.Hour {
		t.Errorf("the emulators' clock is ahead by %s", ahead)
	}
}

func TestControl_faults(t *testing.T) {
	t.Parallel()
	sb := start(t)
	var pending []fakeapi.Fault
	body := `{"system": "sailpoint", "method": "POST", "route": "/oauth/token", "times": 2, "fault": "status:503"}`
	if status, _ := control(t, sb, "POST", "/faults", body, &pending); status != 200 || len(pending) != 1 || pending[0].Times != 2 {
		t.Errorf("%d %+v", status, pending)
	}
	probe, err := sailpoint.UseToken(t.Context(), sb.URL("sailpoint"), "a", "b")
	if err != nil || probe.Login != 503 {
		t.Errorf("%+v %v", probe, err)
	}
	if control(t, sb, "GET", "/faults", "", &pending); len(pending) != 1 || pending[0].Times != 1 {
		t.Errorf("%+v", pending)
	}
	if control(t, sb, "DELETE", "/faults", "", &pending); len(pending) != 0 {
		t.Errorf("%+v", pending)
	}
}

func TestControl_seedAndSwitches(t *testing.T) {
	t.Parallel()
	sb := start(t)
	var made map[string]map[string][]map[string]string
	status, text := control(t, sb, "POST", "/seed",
		`{"sailpoint": {"users": [{"name": "svc"}], "tokens": [{"owner": "svc", "name": "a", "last_used": "-2000h"}]}}`, &made)
	if status != 200 || len(sb.SailPoint.Live()) != 1 {
		t.Fatalf("%d %s", status, text)
	}
	user, token := made["sailpoint"]["users"][0], made["sailpoint"]["tokens"][0]
	for _, credential := range [][2]string{{user["client_id"], user["client_secret"]}, {token["id"], token["secret"]}} {
		probe, err := sailpoint.UseToken(t.Context(), sb.URL("sailpoint"), credential[0], credential[1])
		if err != nil || !probe.Works() {
			t.Errorf("%+v %v", probe, err)
		}
	}
	var switches map[string]map[string]any
	control(t, sb, "PUT", "/switches", `{"sailpoint": {"hide_expired": true}}`, &switches)
	if switches["sailpoint"]["hide_expired"] != true || !sb.SailPoint.Switches().HideExpired {
		t.Errorf("%v", switches)
	}
	if _, text := control(t, sb, "GET", "/switches", "", nil); !strings.Contains(text, `"hide_expired":true`) {
		t.Errorf("%s", text)
	}
}

func TestControl_mistakes(t *testing.T) {
	t.Parallel()
	sb := start(t)
	for _, c := range []struct{ method, route, body, says string }{
		{"GET", "/live?system=x", "", "unknown parameter"},
		{"GET", "/journal?sys=sailpoint", "", `unknown parameter \"sys\"`},
		{"GET", "/journal?system=sail", "", "unknown system"},
		{"GET", "/journal?status=ok", "", "not a number"},
		{"DELETE", "/journal?system=sailpoint", "", "unknown parameter"},
		{"POST", "/clock", "", "positive duration"},
		{"POST", "/clock?advance=-1h", "", "positive duration"},
		{"POST", "/clock?advance=tomorrow", "", "positive duration"},
		{"POST", "/faults", `{"fault": "explode"}`, "unknown fault"},
		{"POST", "/faults", `{"fault": "html", "path": "/x"}`, `unknown field \"path\"`},
		{"POST", "/faults", ``, "empty"},
		{"POST", "/faults", `[{"fault": "html"}]`, "invalid JSON"},
		{"POST", "/seed", `{"sailpont": {}}`, "unknown system"},
		{"POST", "/seed", `{"sailpoint": {"tokens": [{}]}}`, "sailpoint: tokens[0]: a token needs a name"},
		{"POST", "/seed", `{}`, "one key per system"},
		{"PUT", "/switches", `{"sailpoint": {"nonsense": true}}`, `sailpoint: invalid JSON: json: unknown field \"nonsense\"`},
	} {
		status, text := control(t, sb, c.method, c.route, c.body, nil)
		if status != http.StatusBadRequest || !strings.HasPrefix(text, `{"error":"`) || !strings.Contains(text, c.says) {
			t.Errorf("%s %s %s: %d %s", c.method, c.route, c.body, status, text)
		}
	}
	for route, want := range map[string]int{"/nothing": 404, "/seed": 405} {
		if status, _ := control(t, sb, "GET", route, "", nil); status != want {
			t.Errorf("GET %s: %d", route, status)
		}
	}
}

func TestControl_help(t *testing.T) {
	t.Parallel()
	sb := start(t)
	status, text := control(t, sb, "GET", "/", "", nil)
	if status != 200 || !strings.Contains(text, sb.URL("sailpoint")) {
		t.Errorf("%d %s", status, text)
	}
	for _, word := range []string{"GET    /live", "POST   /clock", "PUT    /switches", "truncate-silent"} {
		if !strings.Contains(text, word) {
			t.Errorf("the help lacks %q", word)
		}
	}
}
