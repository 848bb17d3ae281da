package sailpoint_test

import (
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
)

// encrypted asks for recipients.
func encrypted(to ...reader) values {
	var recipients []string
	for _, r := range to {
		recipients = append(recipients, r.recipient)
	}
	return values{"encrypt_secret_to": recipients}
}

// conceals fails the test if a state or a plan holds any secret of the tenant in plain text.
func (s *tenant) conceals(in ...interface{ Holds(text string) bool }) {
	s.t.Helper()
	for _, stored := range s.SailPoint.Tokens() {
		for _, one := range in {
			if one.Holds(stored.Secret) {
				s.t.Errorf("the secret of %s is in plain text in %v", stored.Name, one)
			}
		}
	}
}

// concealed runs a configuration, and fails the test if a plan or a state holds a secret in plain text.
func (s *tenant) concealed(from *object, config values, more ...values) *object {
	s.t.Helper()
	after, saved := s.run(from, config, more...)
	if s.conceals(after); saved != nil {
		s.conceals(saved)
	}
	s.isNull(after, "secret", "previous_secret")
	return after
}

// opens decrypts the secrets of a state and uses them.
func (s *tenant) opens(of *object, current, previous reader) {
	s.t.Helper()
	state := of.Attributes
	s.mustWork(state.Text("id"), current.decrypt(s.t, state.Text("encrypted_secret")))
	if id := state.Text("previous_id"); id != "" {
		s.mustWork(id, previous.decrypt(s.t, state.Text("previous_encrypted_secret")))
	}
}

// TestPersonalAccessToken_encrypted stores the secrets of all tokens encrypted, for a key of age and one of SSH. Without recipients, the
// next one is in plain text.
func TestPersonalAccessToken_encrypted(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	a, b := ageReader(t), sshReader(t)
	config := overlapping(encrypted(a, b))
	first := s.concealed(nil, config)
	s.opens(first, a, a)
	s.opens(first, b, b)
	s.plansNothing(first, config)
	second := s.concealed(first, config.With(triggered("2")))
	s.opens(second, a, b)
	s.opens(second, b, a)
	s.only(first.Text("id"), second.Text("id"))
	s.Clock().Advance(25 * time.Hour)
	third := s.concealed(second, config.With(triggered("2")))
	s.opens(third, a, a)
	s.only(second.Text("id"))
	s.isNull(third, previousNames()...)
	replaced := s.concealed(third, overlapping(encrypted(a), triggered("3"), values{"overlap": nil}))
	s.opens(replaced, a, a)
	s.only(replaced.Text("id"))

	config = overlapping(triggered("3"))
	same := s.concealed(replaced, config)
	s.shows(same, values{"id": replaced.Text("id"), "encrypted_secret": replaced.Text("encrypted_secret")})
	s.opens(same, a, a)
	plain := s.rotatedInPlace(same, config.With(triggered("4")))
	s.isNull(plain, "encrypted_secret", "previous_secret")
	s.mustWork(plain.Text("id"), plain.Text("secret"))
	s.shows(plain, values{"previous_id": same.Text("id")})
	s.mustWork(same.Text("id"), a.decrypt(t, plain.Text("previous_encrypted_secret")))
	s.only(same.Text("id"), plain.Text("id"))
}

// TestAccSailPointPersonalAccessToken_encrypted goes through Terraform, with a recipient that only the apply tells.
func TestAccSailPointPersonalAccessToken_encrypted(t *testing.T) {
	s := emulate(t)
	a, b := ageReader(t), sshReader(t)
	works := func(id, sealed string, with reader) resource.TestCheckFunc {
		return func(state *terraform.State) error {
			attributes := state.RootModule().Resources[address].Primary.Attributes
			g := &generation{id: attributes[id], secret: with.decrypt(t, attributes[sealed])}
			if probe := s.use(g); !probe.Works() {
				return errors.New("the token " + g.id + " does not work")
			}
			return nil
		}
	}
	config := func(generation string) string {
		return s.config(`resource "terraform_data" "key" {`, `  input = "`+b.recipient+`"`, `}`,
			token(overlapLines(`"`+generation+`"`, `encrypt_secret_to = ["`+a.recipient+`", terraform_data.key.output]`)...))
	}
	s.test(
		resource.TestStep{
			Config: config("1"),
			Check:  all(lacks("secret"), works("id", "encrypted_secret", a), works("id", "encrypted_secret", b), s.alive(1), s.stored(1), lacks("previous_id")),
		},
		resource.TestStep{
			Config: config("2"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(lacks("secret"), lacks("previous_secret"), works("id", "encrypted_secret", b), works("previous_id", "previous_encrypted_secret", a), s.alive(2)),
		},
	)
}
