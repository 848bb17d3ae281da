package truefoundry_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

const day = 24 * time.Hour

// with is a configuration with other arguments; nil leaves one out.
func with(config args, changes args) args { return config.With(changes) }

func trigger(n string) args { return args{"rotation_triggers": args{"n": n}} }

// living fails the test unless so many minted tokens are alive.
func (p *plane) living(want int) {
	p.t.Helper()
	if err := p.alive(want)(nil); err != nil {
		p.t.Error(err)
	}
}

const regenerateRoute = vasRoute + "/{id}/regenerate-token"

// mints counts the requests that mint, of both kinds, without those in the unit of another plane.
func (p *plane) mints() int {
	count := p.requests("POST", patsRoute) + p.requests("POST", regenerateRoute)
	if p.Switches().AccountPlane == "older" {
		for _, status := range []int{http.StatusBadRequest, http.StatusUnprocessableEntity} {
			count -= p.Stage().Journal.Count(fakeapi.Filter{System: fake.Name, Method: "POST", Route: regenerateRoute, Status: status})
		}
	}
	return count
}

func (p *plane) pass(d time.Duration) { p.Stage().Clock.Advance(d) }

// moment is a time of the state.
func (s *subject) moment(name string) time.Time {
	s.t.Helper()
	at := s.Object.Time(name)
	if at.IsZero() {
		s.t.Fatalf("%s is %s", name, s.Object.Attributes[name])
	}
	return at
}

// until moves the clock to a time.
func (s *subject) until(at time.Time) { s.pass(at.Sub(s.Stage().Clock.Now())) }

// hasPrevious fails the test unless the state holds a previous generation, or none.
func (s *subject) hasPrevious(want bool) {
	s.t.Helper()
	for _, name := range []string{"previous_revoked_after", "previous_id"} {
		if s.Object.IsNull(name) == want {
			s.t.Errorf("%s is %s", name, s.Object.Attributes[name])
		}
	}
	if !want && !(s.Object.IsNull("previous_secret") && s.Object.IsNull("previous_encrypted_secret")) {
		s.t.Error("the previous secret is still in the state")
	}
}

// later refreshes, plans, lets time pass, and applies what is planned, unless that is a replacement: the plan that Terraform makes again
// then must be the same to the byte, although the clock has moved on. It returns the plan.
func (s *subject) later(config args, wait time.Duration) *protocoltest.Saved {
	s.t.Helper()
	saved := s.RefreshAndPlan(config)
	s.pass(wait)
	e := s.engine()
	late := e.Plan(s.Object, config)
	e.NoError(late.Diagnostics)
	if !bytes.Equal(saved.State.MsgPack, late.State.MsgPack) || len(saved.RequiresReplace) != len(late.RequiresReplace) {
		s.t.Error("the two plans differ")
		e.Narrows(saved.Plan, late)
	}
	if !saved.Replaces() {
		e.NoError(s.ApplyIn(e, saved, config).Diagnostics)
	}
	return saved
}

// plans refreshes and plans, and names the attributes that would change.
func (s *subject) plans(config args) ([]string, protocoltest.Diagnostics) {
	s.t.Helper()
	diagnostics := s.refresh()
	saved := s.Plan(config)
	return saved.Changes(), append(diagnostics, saved.Diagnostics...)
}

// twoRotations is how many days it takes a token of 30 days that is rotated ten days early to be rotated twice, and the last previous one
// to be revoked.
const twoRotations = 2*21 + 4

// daily runs have one configuration: each refreshes, plans, and applies what is planned. It returns the days on which something was
// minted, and those on which a plan had changes.
func (s *subject) daily(config args, each func()) (minted, changed []int) {
	s.t.Helper()
	for today := 1; today <= twoRotations; today++ {
		s.pass(day)
		before := s.mints()
		run := s.Run(config)
		if run.Failed != "" {
			s.t.Fatalf("day %d: %s", today, run.Diagnostics.Errors())
		}
		if run.Action != protocoltest.Nothing {
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
func (s *subject) filled(unknown, known args) {
	s.t.Helper()
	if run := s.Apply(s.RefreshAndPlan(unknown), known); run.Failed != "" || run.Action == protocoltest.Replace {
		s.t.Fatalf("%s: %s", run.Action, run.Diagnostics.Errors())
	}
}

func unknown() any { return protocoltest.Unknown }

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

// hides fails the test if a state or a plan holds a secret of the control plane.
func (p *plane) hides(what string, in interface{ Holds(text string) bool }) {
	p.t.Helper()
	for _, secret := range p.secrets() {
		if secret != "" && in.Holds(secret) {
			p.t.Errorf("%s holds a secret in plain text", what)
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

// sealed takes a resource through a step that may not show any secret in plain text, neither in a plan nor in the state, and returns the
// secret, decrypted.
func (s *subject) sealed(want protocoltest.Action, config args, with age.Identity) string {
	s.t.Helper()
	plan := s.RefreshAndPlan(config)
	s.Does(want, config)
	if !s.Object.IsNull("token") || !s.Object.IsNull("previous_secret") {
		s.t.Error("a secret is in plain text")
	}
	secret := decrypt(s.t, s.text("encrypted_secret"), with)
	s.check(secret, true)
	s.hides("the plan", plan)
	s.hides("the state", s.Object)
	if !slices.Contains(s.secrets(), secret) {
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
