package main

import (
	"context"
	"slices"
	"strings"
	"testing"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// puppet is a driver that says and holds what a test wants.
type puppet struct {
	documents []document
	answer    func(command) result
}

func (p *puppet) run(_ context.Context, c command) result {
	if p.answer == nil {
		return result{}
	}
	return p.answer(c)
}
func (p *puppet) held() []document          { return p.documents }
func (p *puppet) move(string, string) error { return nil }
func (p *puppet) forget(string) error       { return nil }
func (p *puppet) close() error              { return nil }

// staged is a world at its beginning, with a runner whose driver is a puppet.
func staged(t *testing.T) (*runner, *puppet) {
	t.Helper()
	s := Sequence{APIVersion: "v1", Switches: plainSwitches(Sequence{})}
	w, err := newWorld(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	p := &puppet{}
	return newRunner(s, w, p), p
}

// breaks fails the test unless exactly this rule is broken.
func (r *runner) mustBreak(t *testing.T, rule string) {
	t.Helper()
	if len(r.breaches) == 0 || slices.ContainsFunc(r.breaches, func(b breach) bool { return b.rule != rule }) {
		t.Errorf("broken is %v instead of %q", r.breaches, rule)
	}
}

// minted is a token that the provider might have minted.
func minted(t *testing.T, r *runner) sailpoint.Token {
	t.Helper()
	made, err := r.world.SailPoint.AddToken(sailpoint.Token{Name: "ci-abc"})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// holding is what a state holds of a token.
func holding(k sailpoint.Token) document {
	return document{where: "the state", address: sailpointPAT + ".t0", kind: sailpointPAT, values: map[string]any{
		"id": k.ID, "secret": k.Secret, "status": "active", "name": k.Name,
	}}
}

// TestChecks_quiet: a world in which all is well breaks nothing, from the end of the trouble to the destruction.
func TestChecks_quiet(t *testing.T) {
	t.Parallel()
	r, p := staged(t)
	k := minted(t, r)
	p.documents = []document{holding(k)}
	p.answer = func(c command) result {
		if c.do == Destroy {
			p.documents = nil
			if err := r.world.SailPoint.DeleteToken(k.ID); err != nil {
				t.Error(err)
			}
		}
		return result{}
	}
	if r.finish(t.Context()); len(r.breaches) > 0 {
		t.Errorf("broken is %v", r.breaches)
	}
}

// TestChecks_bite: each promise that is broken is noticed.
func TestChecks_bite(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rule  string
		spoil func(t *testing.T, r *runner, p *puppet)
	}{
		"lost token": {ruleLost, func(t *testing.T, r *runner, _ *puppet) {
			t.Helper()
			minted(t, r)
		}},
		"lost to a message that is about another token": {ruleLost, func(t *testing.T, r *runner, p *puppet) {
			t.Helper()
			minted(t, r)
			p.answer = func(command) result { return result{said: []message{{text: `"ci-xyz" may still work`}}} }
		}},
		"dead token": {ruleDead, func(t *testing.T, r *runner, p *puppet) {
			t.Helper()
			p.documents = []document{holding(sailpoint.Token{ID: "gone"})}
		}},
		"another secret": {ruleDead, func(t *testing.T, r *runner, p *puppet) {
			t.Helper()
			k := minted(t, r)
			k.Secret = "of another token"
			p.documents = []document{holding(k)}
		}},
		"somebody else's token deleted": {ruleForeign, func(t *testing.T, r *runner, _ *puppet) {
			t.Helper()
			k, err := r.world.addForeign(magpieService)
			if err == nil {
				err = r.world.Magpie.DeleteToken(k.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		"somebody else's token changed": {ruleForeign, func(t *testing.T, r *runner, _ *puppet) {
			t.Helper()
			k, err := r.world.addForeign(magpiePAT)
			if err == nil {
				err = r.world.Magpie.PatchToken(k.ID, func(t *magpie.Token) { t.Disabled = true })
			}
			if err != nil {
				t.Fatal(err)
			}
		}},
		"plan": {rulePlan, func(_ *testing.T, _ *runner, p *puppet) {
			p.answer = func(c command) result {
				if c.do == Plan {
					return result{changes: []string{"a: update"}}
				}
				return result{}
			}
		}},
		"apply": {ruleConverge, func(_ *testing.T, _ *runner, p *puppet) {
			p.answer = func(command) result {
				return result{failed: "apply", said: []message{{isError: true, text: "No: nothing works."}}}
			}
		}},
		"a provider's bug": {"terraform", func(_ *testing.T, _ *runner, p *puppet) {
			p.answer = func(command) result { return result{bugs: []string{"planned was something else"}} }
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, p := staged(t)
			c.spoil(t, r, p)
			r.finish(t.Context())
			r.mustBreak(t, c.rule)
		})
	}
}

// TestChecks_leftAfterDestroy: what a destruction leaves, on a server or in the state, is noticed.
func TestChecks_leftAfterDestroy(t *testing.T) {
	t.Parallel()
	for name, leaves := range map[string]func(p *puppet){"on the server": func(p *puppet) { p.documents = nil }, "in the state": func(*puppet) {}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, p := staged(t)
			p.documents = []document{holding(minted(t, r))}
			p.answer = func(c command) result {
				if c.do == Destroy {
					leaves(p)
				}
				return result{}
			}
			r.finish(t.Context())
			r.mustBreak(t, ruleDestroy)
		})
	}
}

// TestChecks_leftovers: a token that a message names, or that a dead process has left, is no breach, and is counted.
func TestChecks_leftovers(t *testing.T) {
	t.Parallel()
	r, p := staged(t)
	p.answer = func(c command) result {
		if c.do != Apply || len(r.handed) > 0 {
			return result{}
		}
		name := "ci-named"
		if c.kill != nil {
			name = "ci-killed"
		}
		k, err := r.world.SailPoint.AddToken(sailpoint.Token{Name: name})
		if err != nil {
			t.Error(err)
		}
		if c.kill != nil {
			return result{dead: true}
		}
		return result{said: []message{{text: "the token " + k.ID + " may still work"}}}
	}
	r.step(t.Context(), Step{Do: Apply, Kill: &Kill{With: 1}})
	r.finish(t.Context())
	r.count()
	if len(r.breaches) > 0 || r.tally.named != 1 || r.tally.leftByKills != 1 || r.tally.kills != 1 {
		t.Errorf("%v, %+v", r.breaches, r.tally)
	}
}

// TestChecks_secrets: a secret is noticed wherever it is shown, and allowed where the schema says that it is stored.
func TestChecks_secrets(t *testing.T) {
	t.Parallel()
	r, p := staged(t)
	k := minted(t, r)
	shows := func(d document) result { return result{shown: []document{d}} }
	with := func(attribute string, value any) document {
		d := holding(k)
		d.values[attribute] = value
		return d
	}
	private := holding(k)
	private.private = `{"secret":"` + k.Secret + `"}`
	for name, c := range map[string]struct {
		done result
		held []document
		want string
	}{
		"message":              {result{said: []message{{text: "sent " + k.Secret}}}, nil, "message"},
		"log":                  {result{logged: k.Secret}, nil, "log"},
		"output":               {result{printed: k.Secret}, nil, "printed"},
		"plan":                 {shows(with("name", k.Secret)), nil, "name"},
		"encrypted plan":       {shows(with("encrypt_secret_to", []any{"age1"})), nil, "secret"},
		"state, nested":        {result{}, []document{with("owner", map[string]any{"name": k.Secret})}, "owner"},
		"encrypted state":      {result{}, []document{with("encrypt_secret_to", []any{"age1"})}, "secret"},
		"private state":        {result{}, []document{private}, "private"},
		"where it is allowed":  {shows(holding(k)), []document{holding(k)}, ""},
		"previous, as allowed": {result{}, []document{with("previous_secret", k.Secret)}, ""},
	} {
		r.breaches, p.documents = nil, c.held
		r.conceals(c.done)
		switch {
		case c.want == "" && len(r.breaches) > 0:
			t.Errorf("%s: broken is %v", name, r.breaches)
		case c.want != "" && (len(r.breaches) == 0 || !strings.Contains(r.breaches[0].what, c.want)):
			t.Errorf("%s: broken is %v", name, r.breaches)
		}
	}
}
