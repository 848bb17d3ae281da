package magpie_test

import (
	"fmt"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestMagpieAccessToken_young does not take a young token for deleted that the list lacks, although it is looked for again; once it is
// older, it is deleted.
func TestMagpieAccessToken_young(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		config := arguments(kind, values{"disabled": false})
		made := o.engine(kind).Create(config)
		o.forget(made.Text("id"))
		const message = `was minted a moment ago, and the list does not show it yet. Run again in two minutes`
		o.Journal().Reset()
		if read := o.fails(message)(o.engine(kind).Read(made)); !same(read, made) {
			t.Errorf("%s: read %v", kind, read)
		}
		o.asked("GET", listOf(kind), 5)
		described := arguments(kind, values{"disabled": false, "description": "mine"})
		if changed := o.fails(message)(o.engine(kind).TryChange(made, described)); !same(changed, made) {
			t.Errorf("%s: changed to %v", kind, changed)
		}
		o.Clock().Advance(afterLag)
		if changed := o.fails(`: it was deleted outside Terraform`)(o.engine(kind).TryChange(made, described)); !same(changed, made) {
			t.Errorf("%s: changed to %v", kind, changed)
		}
		read, diagnostics := o.engine(kind).Read(made)
		if read != nil || len(diagnostics) > 0 {
			t.Errorf("%s: read %v, said %q", kind, read, diagnostics)
		}
		o.asked("PUT", "", 0)
	}
}

// TestMagpieAccessToken_youngLags finds a young token in the last look, before a refresh and before a change.
func TestMagpieAccessToken_youngLags(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		made := o.engine(kind).Create(arguments(kind, values{"disabled": false}))
		o.fault("GET", listOf(kind), "lag:4", 1)
		if read := o.engine(kind).MustRead(made); !same(read, made) {
			t.Errorf("%s: read %v", kind, read.Attributes)
		}
		o.fault("GET", listOf(kind), "lag:4", 1)
		described := o.engine(kind).Change(made, arguments(kind, values{"disabled": false, "description": "mine"}))
		if stored, _ := o.Magpie.Token(made.Text("id")); stored.Description != "mine" || described.Text("token") != made.Text("token") {
			t.Errorf("%s: stored %+v", kind, stored)
		}
	}
}

// TestMagpieAccessToken_anotherOrganization does not take a token for deleted that another organization minted: neither a refresh nor a
// destroy does, and what is left in the state is found where it is.
func TestMagpieAccessToken_anotherOrganization(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		for name, makes := range map[string]func(o *organization) *object{
			"minted": func(o *organization) *object { return o.engine(kind).Create(arguments(kind, nil)) },
			"imported": func(o *organization) *object {
				token := o.seed(o.owner(kind))
				return o.engine(kind).MustImport(map[string]string{personal: token.ID, service: robot + "/" + token.ID, exclusive: robot}[kind])
			},
		} {
			o, there := emulate(t), emulate(t)
			made := makes(o)
			// The ids of the other organization are others.
			for range 3 {
				there.forget(there.seed(there.owner(kind)).ID)
			}
			message := fmt.Sprintf("the token %s was minted on %s, but the provider is configured for %s, which does not know it", made.Text("id"), o.URL("magpie"), there.URL("magpie"))
			for range 2 {
				if read := o.fails(message)(there.engine(kind).Read(made)); !same(read, made) {
					t.Errorf("%s, %s: read %v", kind, name, read)
				}
				if kept := o.fails(message)(there.engine(kind).TryDestroy(made)); !same(kept, made) {
					t.Errorf("%s, %s: kept %v", kind, name, kept)
				}
				there.asked("DELETE", "", 0)
				// Nor does it prove anything that the account is not there.
				there.Clock().Advance(afterLag)
				_ = there.Magpie.DropUser(robot)
			}
			o.engine(kind).Destroy(o.engine(kind).MustRead(made))
			o.left()
		}
	}
}

// TestMagpiePersonalAccessToken_anotherUser does not take a token for deleted that another user minted, as far as the logins tell.
func TestMagpiePersonalAccessToken_anotherUser(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	as := func(name string) func(block values) {
		return func(block values) {
			block["magpie"] = values{"base_url": o.URL("magpie"), "username": name, "password": "password of " + name}
		}
	}
	for _, name := range []string{"ann@example.com", "ben@example.com"} {
		if _, err := o.Magpie.AddUser(fake.User{Name: name, Password: "password of " + name, Permissions: []string{"AccessToken"}}); err != nil {
			t.Fatal(err)
		}
	}
	made := o.engine(personal, as("ann@example.com")).Create(nil)
	o.Clock().Advance(afterLag)
	message := "the token " + made.Text("id") + " was minted as ann@example.com, but the provider is logged in as ben@example.com, who cannot see it"
	if read := o.fails(message)(o.engine(personal, as("ben@example.com")).Read(made)); !same(read, made) {
		t.Errorf("read %v", read)
	}
	if kept := o.fails(message)(o.engine(personal, as("ben@example.com")).TryDestroy(made)); !same(kept, made) {
		t.Errorf("kept %v", kept)
	}
	o.asked("DELETE", "", 0)
	o.engine(personal, as("ann@example.com")).Destroy(made)
	if left := o.Magpie.Tokens("ann@example.com"); len(left) != 0 {
		t.Errorf("left are %+v", left)
	}
}
