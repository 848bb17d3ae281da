package sailpoint_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestPersonalAccessToken_foreseen says in the plan of twelve tokens, once each, that a name is taken, and that the identity, which has two
// tokens already, would have more than the tenant allows.
func TestPersonalAccessToken_foreseen(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	foreign := s.seed("ci-3")
	e := s.engine()
	c := s.fleet(12)
	said := c.each(func(i int) protocoltest.Diagnostics {
		return e.Plan(nil, numbered("ci", lasting("720h"))(i)).Diagnostics
	})
	if len(said) != 2 || said.Failed() {
		t.Fatal(said)
	}
	for _, text := range []string{
		`The name "ci-3" is taken by another SailPoint personal access token`, foreign.ID,
		"SailPoint allows 10 personal access tokens for each identity", "would have more",
	} {
		if !strings.Contains(said.String(), text) {
			t.Errorf("%q is not said: %s", text, said)
		}
	}
	if got := s.asked(); got.lists != 1 || got.posts != 0 {
		t.Errorf("the plan asked %+v", got)
	}
}

// TestPersonalAccessToken_nameTaken names the token that has the name, whatever status the tenant refuses it with: which one that is
// is not documented. The token may also have been made after this run has listed.
func TestPersonalAccessToken_nameTaken(t *testing.T) {
	t.Parallel()
	for word, status := range map[string]string{"": "Status: 400", "status:409": "Status: 409", "status:422": "Status: 422"} {
		for _, when := range []string{"before", "meanwhile"} {
			t.Run(when+" "+status, func(t *testing.T) {
				t.Parallel()
				s := emulate(t)
				if word != "" {
					s.fault("POST", listRoute, word, 1)
				}
				var foreign fake.Token
				makes := func() { foreign = s.seed("ci") }
				if when == "before" {
					makes()
				} else {
					s.env.Transport = &meanwhile{happens: makes}
				}
				e := s.engine()
				_, diagnostics := e.Apply(e.Plan(nil, lasting("720h")))
				failure := s.failed(diagnostics)
				if failure == nil || !strings.Contains(failure.Detail, `The name "ci" is taken by the token `+foreign.ID+", created ") ||
					!strings.Contains(failure.Detail, "Use name_prefix instead of name") || !strings.Contains(failure.Detail, status) {
					t.Errorf("failed with %+v", failure)
				}
				if left := s.minted(); len(left) != 1 {
					t.Errorf("on the tenant: %+v", left)
				}
			})
		}
	}
}

// TestPersonalAccessToken_nameNotTaken says nothing about the name where that is not the reason.
func TestPersonalAccessToken_nameNotTaken(t *testing.T) {
	t.Parallel()
	for name, order := range map[string]func(*tenant){
		"refused": func(s *tenant) { s.fault("POST", listRoute, "status:409", 1) },
		// The token of that name is the orphan, whose secret nobody knows: importing it is no way out.
		"orphan": func(s *tenant) {
			s.fault("POST", listRoute, "drop-after", 1)
			s.fault("DELETE", itemRoute, "status:403", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			order(s)
			e := s.engine()
			_, diagnostics := e.Apply(e.Plan(nil, lasting("720h")))
			if failure := s.failed(diagnostics); failure == nil || strings.Contains(failure.Detail, "is taken") {
				t.Errorf("failed with %+v", failure)
			}
		})
	}
}

// TestPersonalAccessToken_importOfAnother cannot see another identity's token, and says why.
func TestPersonalAccessToken_importOfAnother(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	other, err := s.SailPoint.AddUser(fake.User{Name: "other"})
	if err != nil {
		t.Fatal(err)
	}
	foreign := s.seed("ci", func(k *fake.Token) { k.Owner = other.IdentityID })
	e := s.engine()
	_, diagnostics := e.Import(foreign.ID)
	failure := s.failed(diagnostics)
	if failure == nil {
		t.Fatal("the import finds it")
	}
	s.pointsAt(failure, "id")
	if !says(`None of the tokens that the provider can see has the id `+foreign.ID).MatchString(failure.Detail) || !strings.Contains(failure.Detail, "logged in as") {
		t.Errorf("%s: %s", failure.Summary, failure.Detail)
	}
}
