package sailpoint_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// encrypted asks for recipients; none takes the argument away.
func encrypted(to ...reader) values {
	if len(to) == 0 {
		return values{"encrypt_secret_to": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, nil)}
	}
	var recipients []string
	for _, r := range to {
		recipients = append(recipients, r.recipient)
	}
	return values{"encrypt_secret_to": list(recipients...)}
}

// conceals fails the test if what the protocol carries holds any secret of the tenant in plain.
func (s *tenant) conceals(carried ...[]byte) {
	s.t.Helper()
	for _, stored := range s.SailPoint.Tokens() {
		for _, raw := range carried {
			if bytes.Contains(raw, []byte(stored.Secret)) {
				s.t.Errorf("the secret of %s stands in %s", stored.Name, raw)
			}
		}
	}
}

// concealed runs a configuration, and fails the test if a plan or a state holds a secret in plain.
func (s *tenant) concealed(from *object, config values, more ...values) *object {
	s.t.Helper()
	after, plan := s.run(from, config, more...)
	s.conceals(after.state.MsgPack, []byte(s.remembered(after)))
	if plan != nil && (from == nil || s.state(from).text("secret") == "") {
		s.conceals(plan.PlannedState.MsgPack, []byte(s.remembered(&object{private: plan.PlannedPrivate})))
	} else if plan != nil {
		s.engine().isNull(&object{state: plan.PlannedState}, "secret", "previous_secret")
	}
	s.engine().isNull(after, "secret", "previous_secret")
	return after
}

// opens decrypts the secrets of a state and uses them.
func (s *tenant) opens(of *object, current, previous reader) {
	s.t.Helper()
	state := s.state(of)
	s.mustWork(state.text("id"), current.decrypt(s.t, state.text("encrypted_secret")))
	if id := state.text("previous_id"); id != "" {
		s.mustWork(id, previous.decrypt(s.t, state.text("previous_encrypted_secret")))
	}
}

// TestPersonalAccessToken_encrypted keeps the secrets of all generations encrypted, for a key of age and one of SSH.
func TestPersonalAccessToken_encrypted(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v1", "v2024"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			a, b := ageReader(t), sshReader(t)
			first := s.concealed(nil, overlapping(encrypted(a, b)), versioned(version))
			s.opens(first, a, a)
			s.opens(first, b, b)
			s.engine(versioned(version)).settled(first, overlapping(encrypted(a, b)))
			second := s.concealed(first, overlapping(encrypted(a, b), triggered("2")), versioned(version))
			s.opens(second, a, b)
			s.opens(second, b, a)
			s.only(s.state(first).text("id"), s.state(second).text("id"))
			s.Clock().Advance(25 * time.Hour)
			third := s.concealed(second, overlapping(encrypted(a, b), triggered("2")), versioned(version))
			s.opens(third, a, a)
			s.only(s.state(second).text("id"))
			s.engine().isNull(third, previousNames()...)
			replaced := s.concealed(third, overlapping(encrypted(a), triggered("3"), values{"overlap": nullText()}), versioned(version))
			s.opens(replaced, a, a)
			s.only(s.state(replaced).text("id"))
		})
	}
}

// TestPersonalAccessToken_recipients adds, changes and removes recipients. None of that rotates: what is plain is encrypted in place, and
// what is encrypted stays so until the next rotation.
func TestPersonalAccessToken_recipients(t *testing.T) {
	t.Parallel()
	later := "The change takes effect with the next rotation"
	t.Run("added in an overlap", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		a := ageReader(t)
		plain := s.rotatedInPlace(s.made(overlapping()), overlapping(triggered("2")))
		both := s.concealed(plain, overlapping(triggered("2"), encrypted(a)))
		s.opens(both, a, a)
		s.only(s.state(plain).text("id"), s.state(plain).text("previous_id"))
		s.engine().settled(both, overlapping(triggered("2"), encrypted(a)))
	})
	t.Run("added with a rotation", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		a := sshReader(t)
		plain := s.made(overlapping())
		rotated := s.concealed(plain, overlapping(triggered("2"), encrypted(a)))
		s.opens(rotated, a, a)
		s.only(s.state(plain).text("id"), s.state(rotated).text("id"))
	})
	t.Run("changed", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		a, b := ageReader(t), ageReader(t)
		first := s.concealed(nil, overlapping(encrypted(a)))
		second, plan := s.run(first, overlapping(encrypted(b)))
		if got := warned(plan.Diagnostics); got != later {
			t.Errorf("warned of %q", got)
		}
		s.opens(second, a, a)
		s.only(s.state(first).text("id"))
		s.engine().settled(second, overlapping(encrypted(b)))
		third := s.concealed(second, overlapping(encrypted(b), triggered("2")))
		s.opens(third, b, a)
		s.RequireLive(t, 2)
	})
	t.Run("removed", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		a := ageReader(t)
		first := s.concealed(nil, overlapping(encrypted(a)))
		second, plan := s.run(first, overlapping(encrypted()))
		if got := warned(plan.Diagnostics); got != later {
			t.Errorf("warned of %q", got)
		}
		s.opens(second, a, a)
		s.conceals(second.state.MsgPack)
		third := s.rotatedInPlace(second, overlapping(encrypted(), triggered("2")))
		state := s.state(third)
		s.mustWork(state.text("id"), state.text("secret"))
		s.mustWork(state.text("previous_id"), a.decrypt(t, state.text("previous_encrypted_secret")))
		s.engine().isNull(third, "encrypted_secret", "previous_secret")
		s.RequireLive(t, 2)
	})
	t.Run("of an import", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		a := ageReader(t)
		foreign := s.seed("legacy", func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} })
		imported := s.engine().adopt(&tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: foreign.ID})
		config := overlapping(encrypted(a), nullLifetime(), values{"name_prefix": text("legacy"), "never_expires": flag(true)})
		first := s.concealed(imported, config)
		s.engine().isNull(first, "secret", "encrypted_secret")
		second := s.concealed(first, config.with(triggered("2")))
		s.engine().isNull(second, "previous_encrypted_secret")
		state := s.state(second)
		s.mustWork(state.text("id"), a.decrypt(t, state.text("encrypted_secret")))
		s.only(state.text("id"))
	})
	t.Run("to come", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		a := ageReader(t)
		e := s.engine()
		early := e.plan(nil, overlapping(values{"encrypt_secret_to": list(unknownValue)}))
		late := e.plan(nil, overlapping(encrypted(a)))
		e.narrows(early, late)
		made := e.apply(nil, late, overlapping(encrypted(a)))
		s.conceals(made.state.MsgPack, late.PlannedState.MsgPack)
		s.opens(made, a, a)
		s.RequireLive(t, 1)
	})
	t.Run("refused", func(t *testing.T) {
		t.Parallel()
		s := emulate(t)
		e := s.engine()
		config := overlapping(values{"encrypt_secret_to": list("AGE-SECRET-KEY-1QQQ")})
		answer, err := e.server.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: resourceType, Config: e.dynamic(e.kind(), config)})
		if err != nil {
			t.Fatal(err)
		}
		if failure := e.failed(answer.Diagnostics); failure == nil || !says("it is a private key").MatchString(failure.Detail) {
			t.Errorf("failed with %+v", failure)
		}
		// What gets past the plan is refused before anything is minted.
		_, diagnostics := e.tryApply(nil, e.plan(nil, config), config)
		if e.failed(diagnostics) == nil {
			t.Error("a token was minted for nobody")
		}
		s.only()
	})
}

// TestAccSailPointPersonalAccessToken_encrypted goes through Terraform.
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
	recipients := `encrypt_secret_to = ["` + a.recipient + `", terraform_data.key.output]`
	config := func(generation string, more ...string) string {
		return s.config(`resource "terraform_data" "key" {`, `  input = "`+b.recipient+`"`, `}`, token(overlapLines(generation, more...)...))
	}
	s.test(
		resource.TestStep{Config: config("1", recipients), Check: all(lacks("secret"), works("id", "encrypted_secret", a), works("id", "encrypted_secret", b), s.alone())},
		resource.TestStep{
			Config: config("2", recipients), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check: all(lacks("secret"), lacks("previous_secret"), works("id", "encrypted_secret", b), works("previous_id", "previous_encrypted_secret", a), s.alive(2)),
		},
		resource.TestStep{Config: config("2"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(lacks("secret"), works("id", "encrypted_secret", b), s.alive(2))},
		resource.TestStep{Config: config("3"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: all(lacks("encrypted_secret"), lacks("previous_secret"), s.works, works("previous_id", "previous_encrypted_secret", b), s.alive(2))},
	)
}

// TestAccSailPointPersonalAccessToken_requestsInPlace counts what four rotations in place ask of the tenant.
func TestAccSailPointPersonalAccessToken_requestsInPlace(t *testing.T) {
	s := emulate(t)
	config := func(generation string) string { return s.config(token(overlapLines(generation, `count = 4`)...)) }
	s.test(
		resource.TestStep{Config: config("1")},
		resource.TestStep{
			PreConfig: s.Journal().Reset, Config: config("2"), ConfigPlanChecks: s.planAsks(tally{logins: 1, lists: 1}),
			Check: all(s.alive(8), s.applyAsks(tally{logins: 1, lists: 1, posts: 4, patches: 4})),
		},
		resource.TestStep{
			PreConfig: func() { s.Clock().Advance(25 * time.Hour); s.Journal().Reset() }, Config: config("2"), ConfigPlanChecks: s.planAsks(tally{logins: 1, lists: 1}),
			Check: all(s.alive(4), s.applyAsks(tally{logins: 1, deletes: 4})),
		},
	)
}
