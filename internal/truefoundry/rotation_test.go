package truefoundry_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const day = 24 * time.Hour

// with is a configuration with other arguments; nil leaves one out.
func with(config args, changes args) args {
	changed := maps.Clone(config)
	maps.Copy(changed, changes)
	return changed
}

func trigger(n string) args { return args{"rotation_triggers": args{"n": n}} }

// living fails the test unless so many minted tokens are alive.
func (p *plane) living(want int) {
	p.t.Helper()
	if err := p.alive(want)(nil); err != nil {
		p.t.Error(err)
	}
}

// mints counts the requests that mint, of both kinds.
func (p *plane) mints() int {
	return p.requests("POST", patsRoute) + p.requests("POST", vasRoute+"/{id}/regenerate-token")
}

func (p *plane) pass(d time.Duration) { p.Stage().Clock.Advance(d) }

// moment is a time of the state.
func (s *subject) moment(name string) time.Time {
	s.t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s.text(name))
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	return at
}

// until moves the clock to a time.
func (s *subject) until(at time.Time) { s.pass(at.Sub(s.Stage().Clock.Now())) }

// hasPrevious fails the test unless the state holds a previous generation, or none.
func (s *subject) hasPrevious(want bool) {
	s.t.Helper()
	attributes := s.engine().attributes(s.now.state)
	for _, name := range []string{"previous_revoked_after", "previous_id"} {
		if attributes[name].IsNull() == want {
			s.t.Errorf("%s is %s", name, attributes[name])
		}
	}
	if !want && !(attributes["previous_secret"].IsNull() && attributes["previous_encrypted_secret"].IsNull()) {
		s.t.Error("the secret before is still in the state")
	}
}

// later refreshes, plans, lets time pass, and applies what is planned: the plan that Terraform makes again then must be the same to
// the byte, although the clock has moved on. It returns the plan and what the apply said.
func (s *subject) later(config args, wait time.Duration) (*tfprotov6.PlanResourceChangeResponse, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	s.refresh()
	early := s.engine().plan(s.now, config)
	s.engine().fine(early.Diagnostics)
	s.pass(wait)
	e := s.engine()
	late := e.plan(s.now, config)
	e.fine(late.Diagnostics)
	if !bytes.Equal(early.PlannedState.MsgPack, late.PlannedState.MsgPack) || len(early.RequiresReplace) != len(late.RequiresReplace) {
		s.t.Error("the two plans differ")
		e.narrows(early, late)
	}
	if len(early.RequiresReplace) > 0 {
		return early, nil
	}
	made, diagnostics := e.carryOut(s.now, late, config)
	s.now = made
	return early, diagnostics
}

// plans refreshes and plans, and names the attributes that would change.
func (s *subject) plans(config args) ([]string, []*tfprotov6.Diagnostic) {
	s.t.Helper()
	diagnostics := s.refresh()
	e := s.engine()
	plan := e.plan(s.now, config)
	names := e.changes(s.now, plan)
	slices.Sort(names)
	return names, append(diagnostics, plan.Diagnostics...)
}

// a year of daily runs with one configuration: each refreshes, plans, and applies what is planned. It returns the days on which
// something was minted, and those on which a plan had changes.
func (s *subject) year(config args, each func()) (minted, changed []int) {
	s.t.Helper()
	for today := 1; today <= 365; today++ {
		s.pass(day)
		if names, diagnostics := s.plans(config); failed(diagnostics) != "" {
			s.t.Fatalf("day %d: %s", today, failed(diagnostics))
		} else if len(names) == 0 {
			continue
		}
		before := s.mints()
		if done, diagnostics := s.try(config); failed(diagnostics) != "" {
			s.t.Fatalf("day %d: %s: %s", today, done, failed(diagnostics))
		} else if done != "nothing" {
			changed = append(changed, today)
		}
		if s.mints() > before {
			minted = append(minted, today)
			s.check(s.text("token"), true)
			each()
		}
	}
	return minted, changed
}

// filled plans with arguments that are not known yet, and then applies with others in their place: the second plan may only fill in
// what the first left open.
func (s *subject) filled(unknown, known args) *tfprotov6.PlanResourceChangeResponse {
	s.t.Helper()
	s.refresh()
	e := s.engine()
	early := e.plan(s.now, unknown)
	e.fine(early.Diagnostics)
	late := s.engine()
	again := late.plan(s.now, known)
	late.fine(again.Diagnostics)
	e.narrows(early, again)
	if len(late.changes(s.now, again)) > 0 && len(again.RequiresReplace) == 0 {
		made, diagnostics := late.carryOut(s.now, again, known)
		late.fine(diagnostics)
		s.now = made
	}
	return early
}

func unknown() any { return tftypes.UnknownValue }

// identity is an age identity of a test, with its recipient.
func identity(t *testing.T) (*age.X25519Identity, string) {
	t.Helper()
	made, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return made, made.Recipient().String()
}

// decrypt opens an encrypted secret.
func decrypt(t *testing.T, text string, with age.Identity) string {
	t.Helper()
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(text)), with)
	if err != nil {
		t.Fatalf("%v: %q", err, text)
	}
	secret, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	return string(secret)
}

// hides fails the test if a value of the protocol holds one of these secrets.
func hides(t *testing.T, what string, value *tfprotov6.DynamicValue, private []byte, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if secret != "" && (bytes.Contains(value.MsgPack, []byte(secret)) || bytes.Contains(private, []byte(secret))) {
			t.Errorf("%s holds a secret in plain", what)
		}
	}
}

// sshIdentity is an SSH key of a test, with its public line.
func sshIdentity(t *testing.T) (age.Identity, string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	made, err := agessh.NewEd25519Identity(private)
	if err != nil {
		t.Fatal(err)
	}
	const kind = "ssh-ed25519"
	var wire []byte
	for _, part := range [][]byte{[]byte(kind), public} {
		wire = append(binary.BigEndian.AppendUint32(wire, uint32(len(part))), part...)
	}
	return made, kind + " " + base64.StdEncoding.EncodeToString(wire) + " someone@example.com"
}

// sealed takes a resource through a step that may not show any secret in plain, neither in a plan nor in the state, and returns the
// secret, decrypted.
func (s *subject) sealed(want string, config args, with age.Identity) string {
	s.t.Helper()
	before := s.now
	if before != nil {
		s.refresh()
		before = s.now
	}
	plan := s.engine().plan(before, config)
	s.does(want, config)
	attributes := s.engine().attributes(s.now.state)
	if !attributes["token"].IsNull() || !attributes["previous_secret"].IsNull() {
		s.t.Error("a secret is in plain")
	}
	secret := decrypt(s.t, attributes.text("encrypted_secret"), with)
	s.check(secret, true)
	all := s.secrets()
	hides(s.t, "the plan", plan.PlannedState, plan.PlannedPrivate, all...)
	hides(s.t, "the state", s.now.state, s.now.private, all...)
	if !slices.Contains(all, secret) {
		s.t.Error("the secret is not one of the control plane")
	}
	return secret
}

// secrets are all secrets that the control plane knows.
func (p *plane) secrets() []string {
	var all []string
	for _, pat := range p.PersonalAccessTokens() {
		all = append(all, pat.Token.Secret)
	}
	for _, account := range p.VirtualAccounts() {
		for _, token := range account.Tokens {
			all = append(all, token.Secret)
		}
	}
	return all
}
