package sailpoint_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// contracts are an API version of either contract, with the route of its tokens.
func contracts() map[string]string {
	return map[string]string{"v1": listRoute, "v2024": "/v2024/personal-access-tokens", "v3": "/v3/personal-access-tokens"}
}

// versioned sets the API version of an engine.
func versioned(version string) values { return values{"api_version": text(version)} }

// overlapping is a token that rotates in place.
func overlapping(more ...values) values {
	config := values{
		"name_prefix": text("ci-"), "scope": texts("sp:my-personal-access-tokens:read"), "lifetime": text("720h"),
		"overlap": text("24h"), "rotation_triggers": generationOf("1"),
	}
	for _, these := range more {
		config = config.with(these)
	}
	return config
}

// triggered asks for a generation.
func triggered(generation string) values {
	return values{"rotation_triggers": generationOf(generation)}
}

func nullLifetime() values { return values{"lifetime": nullText()} }

func list(all ...string) tftypes.Value {
	elements := make([]tftypes.Value, 0, len(all))
	for _, s := range all {
		element := text(s)
		if s == unknownValue {
			element = unknownText()
		}
		elements = append(elements, element)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
}

// run refreshes, plans and applies as terraform apply does, if anything is planned: the plan in one process, and the apply, which
// plans again, in another. It returns what there is then, and the plan, which is nil when nothing was planned.
func (s *tenant) run(from *object, config values, more ...values) (*object, *tfprotov6.PlanResourceChangeResponse) {
	s.t.Helper()
	e := s.engine(more...)
	if from != nil {
		refreshed, diagnostics := e.read(from)
		e.fine(diagnostics)
		if from = refreshed; e.attributes(from.state) == nil {
			from = nil
		}
	}
	plan := e.plan(from, config)
	e.fine(plan.Diagnostics)
	if from != nil && len(plan.RequiresReplace) == 0 && maps.EqualFunc(e.attributes(plan.PlannedState), e.attributes(from.state), tftypes.Value.Equal) {
		return from, nil
	}
	e = s.engine(more...)
	again := e.plan(from, config)
	e.narrows(plan, again)
	if len(plan.RequiresReplace) > 0 {
		return e.replace(from, plan, config), plan
	}
	return e.apply(from, again, config), plan
}

// made applies a configuration where there is nothing yet.
func (s *tenant) made(config values, more ...values) *object {
	s.t.Helper()
	made, _ := s.run(nil, config, more...)
	return made
}

// refreshed reads an object in a process of its own.
func (s *tenant) refreshed(from *object, more ...values) (*engine, *object, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	e := s.engine(more...)
	read, diagnostics := e.read(from)
	e.fine(diagnostics)
	return e, read, diagnostics
}

// rotatedInPlace runs a configuration that must rotate in place.
func (s *tenant) rotatedInPlace(from *object, config values, more ...values) *object {
	s.t.Helper()
	before := s.state(from)
	after, plan := s.run(from, config, more...)
	switch {
	case plan == nil:
		s.t.Fatal("nothing is planned")
	case len(plan.RequiresReplace) > 0:
		s.t.Fatalf("replacement for %v", plan.RequiresReplace)
	case s.state(after).text("id") == before.text("id"):
		s.t.Fatal("the token has not been rotated")
	}
	return after
}

// state are the attributes of an object.
func (s *tenant) state(of *object) values {
	s.t.Helper()
	return s.engine().attributes(of.state)
}

// mustWork uses a secret as its consumer would.
func (s *tenant) mustWork(id, secret string) {
	s.t.Helper()
	if probe, err := fake.UseToken(s.t.Context(), s.base(), id, secret); err != nil || !probe.Works() {
		s.t.Errorf("the token %s does not work: %+v, %v", id, probe, err)
	}
}

// mustFail uses a secret that has been revoked.
func (s *tenant) mustFail(id, secret string) {
	s.t.Helper()
	if probe, err := fake.UseToken(s.t.Context(), s.base(), id, secret); err != nil || probe.Login != http.StatusUnauthorized {
		s.t.Errorf("the token %s still works: %+v, %v", id, probe, err)
	}
}

// lives fails the test unless just these tokens are alive.
func (s *tenant) only(ids ...string) {
	s.t.Helper()
	var alive []string
	for _, token := range s.Minted() {
		alive = append(alive, token.ID)
	}
	slices.Sort(alive)
	slices.Sort(ids)
	if !slices.Equal(alive, ids) {
		s.t.Fatalf("alive are %v instead of %v", alive, ids)
	}
}

// isNull fails the test unless all these attributes are null.
func (e *engine) isNull(of *object, names ...string) {
	e.t.Helper()
	attributes := e.attributes(of.state)
	for _, name := range names {
		if !attributes[name].IsNull() {
			e.t.Errorf("%s is %s", name, attributes[name])
		}
	}
}

func previousNames() []string {
	return []string{"previous_id", "previous_secret", "previous_encrypted_secret", "previous_revoked_after"}
}

// remembered is what a provider keeps in private state, as it wrote it.
func (s *tenant) remembered(of *object) string {
	s.t.Helper()
	if len(of.private) == 0 {
		return ""
	}
	var keys map[string][]byte
	if err := json.Unmarshal(of.private, &keys); err != nil {
		s.t.Fatal(err)
	}
	return string(keys["mint"])
}

// cut is a transport of a process that dies: with the first request that mints, before its answer or after it. Nothing is sent
// afterwards.
type cut struct {
	afterAnswer bool
	dead        atomic.Bool
}

// RoundTrip implements [http.RoundTripper].
func (c *cut) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.dead.Load() {
		return nil, errors.New("the process is dead")
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if r.Method == http.MethodPost && strings.Contains(r.URL.Path, "personal-access-tokens") {
		c.dead.Store(true)
		if !c.afterAnswer && err == nil {
			_ = answer.Body.Close()
			return nil, errors.New("the process is dead")
		}
	}
	return answer, err
}

// reader can decrypt.
type reader struct {
	recipient string
	identity  age.Identity
}

func ageReader(t *testing.T) reader {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return reader{identity.Recipient().String(), identity}
}

func sshReader(t *testing.T) reader {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := agessh.NewEd25519Identity(private)
	if err != nil {
		t.Fatal(err)
	}
	var wire []byte
	for _, part := range [][]byte{[]byte("ssh-ed25519"), public} {
		wire = append(binary.BigEndian.AppendUint32(wire, uint32(len(part))), part...)
	}
	return reader{"ssh-ed25519 " + base64.StdEncoding.EncodeToString(wire) + " ci@example.com", identity}
}

// decrypt reads an encrypted secret.
func (r reader) decrypt(t *testing.T, sealed string) string {
	t.Helper()
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), r.identity)
	if err != nil {
		t.Fatalf("decrypt %q: %s", sealed, err)
	}
	secret, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	return string(secret)
}
