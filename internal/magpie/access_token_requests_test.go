package magpie_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestMagpieServiceAccountAccessToken_refresh reads 200 tokens of 20 service accounts as Terraform does, ten at a time: one list for
// each account, and one login.
func TestMagpieServiceAccountAccessToken_refresh(t *testing.T) {
	t.Parallel()
	const accounts, each = 20, 10
	o := emulate(t)
	p := o.engine(service)
	type held struct{ user, id string }
	var tokens []held
	for i := range accounts {
		user := fmt.Sprintf("robot-%d@example.com", i)
		o.user(user)
		for range each {
			tokens = append(tokens, held{user, o.seed(user, func(k *fake.Token) { k.Description = user }).ID})
		}
	}
	// The order is that of a graph walk, not of the accounts.
	for i := range tokens {
		j := (i * 397) % len(tokens)
		tokens[i], tokens[j] = tokens[j], tokens[i]
	}
	o.Journal().Reset()
	inParallel(len(tokens), func(i int) {
		read := p.MustRead(o.known(p, values{"id": tokens[i].id, "user_name": tokens[i].user}))
		if got := read.Text("description"); got != tokens[i].user {
			t.Errorf("the token %s of %s has the description %q", tokens[i].id, tokens[i].user, got)
		}
	})
	if lists, logins, total := o.requests("GET", userRoute), o.requests("POST", loginRoute), o.requests("", ""); lists != accounts || logins != 1 || total != accounts+1 {
		t.Errorf("%d lists, %d logins, %d requests", lists, logins, total)
	}
}

// TestMagpieAccessToken_unidentifiedIdentity reads a token without an ID where the engine knows identities.
func TestMagpieAccessToken_unidentifiedIdentity(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.seed(robot)
	o.seed(robot)
	for _, kind := range kinds() {
		fields := values{"token": "kept"}
		if kind != personal {
			fields["user_name"] = robot
		}
		p := o.engine(kind)
		read, diagnostics := p.Read(o.known(p, fields))
		text := o.warned(diagnostics)
		if !strings.Contains(text, "could not be found. Its secret is in the state") || read.Text("token") != "kept" || read.Text("id") != "" {
			t.Errorf("%s: %q %v", kind, text, read)
		}
	}
}
