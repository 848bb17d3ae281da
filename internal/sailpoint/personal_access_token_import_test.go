package sailpoint_test

import (
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// importing is an import block for the token under test.
func importing(id string) string {
	return "import {\n  to = " + address + "\n  id = \"" + id + "\"\n}\n"
}

// adopted checks the state after an import: this id, and no secret.
func adopted(id string) resource.TestCheckFunc {
	return all(has("id", id), lacks("secret"))
}

// importCase is a configuration with the token that it describes.
type importCase struct {
	version string
	config  values
	edit    func(*fake.Token)
}

func importCases() map[string]importCase {
	end := time.Now().Add(1000 * time.Hour).UTC().Truncate(time.Second)
	scope := []string{"sp:my-personal-access-tokens:read"}
	generated := rotation.NewName("ci-")
	ends := func(after time.Duration) func(*fake.Token) {
		return func(k *fake.Token) {
			k.Scope, k.Created = scope, time.Now().Add(-48*time.Hour).UTC()
			at := k.Created.Add(after)
			k.Expiration = &at
		}
	}
	lives := func(whole time.Duration) func(*fake.Token) {
		return func(k *fake.Token) { k.Scope, k.Expiration, k.Created = scope, &end, end.Add(-whole) }
	}
	named := func(name string, edit func(*fake.Token)) func(*fake.Token) {
		return func(k *fake.Token) { edit(k); k.Name = name }
	}
	never := values{"name": "ci", "scope": scope, "never_expires": true}
	absolute := lasting("").With(nullLifetime(), values{"expires_at": end.Format(time.RFC3339)})
	return map[string]importCase{
		"lifetime":                {"v1", lasting("720h"), ends(720 * time.Hour)},
		"expires_at":              {"v1", absolute, lives(2000*time.Hour + 1820*time.Second)},
		"expires_at, whole hours": {"v1", absolute, lives(2000 * time.Hour)},
		"odd lifetime":            {"v1", lasting("720h17m7s"), ends(720*time.Hour + 17*time.Minute + 7*time.Second)},
		"never_expires":           {"v1", never, func(k *fake.Token) { k.Scope = scope }},
		"name_prefix":             {"v1", lasting("720h").With(values{"name": nil, "name_prefix": "ci-"}), named(generated, ends(720*time.Hour))},
		"generated name as name":  {"v1", never.With(values{"name": generated}), func(k *fake.Token) { k.Scope, k.Name = scope, generated }},
		"no scope":                {"v1", never.With(values{"scope": nil}), func(*fake.Token) {}},
		"validity":                {"v1", never.With(values{"access_token_validity_seconds": 60}), func(k *fake.Token) { k.Scope, k.AccessTokenValiditySeconds = scope, 60 }},
		"older lifetime":          {"beta", lasting("720h"), ends(720 * time.Hour)},
		"older default":           {"v3", lasting("").With(nullLifetime()), ends(181 * 24 * time.Hour)},
		"older never":             {"beta", lasting("").With(nullLifetime()), func(k *fake.Token) { k.Scope = scope }},
	}
}

// imported fails the test unless an object is a token of this id, whose secret nobody has.
func (s *tenant) imported(of *object, id string) {
	s.t.Helper()
	s.shows(of, values{"id": id, "secret": nil})
}

// TestPersonalAccessToken_imports takes over a token that somebody else made: the configuration that Terraform generates leads to no change,
// and the one that describes the token sends none.
func TestPersonalAccessToken_imports(t *testing.T) {
	t.Parallel()
	for name, c := range importCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			foreign := s.seed("ci", c.edit)
			w := s.workspace(s.engine(versioned(c.version)).MustImport(foreign.ID), versioned(c.version))
			s.imported(w.Object, foreign.ID)
			generated := w.Start().Generate(w.Object)
			s.fine(w.Start().Validate(generated))
			w.Does(protocoltest.Nothing, generated)
			does := protocoltest.Nothing
			if c.config["lifetime"] != nil || c.config["name_prefix"] != nil {
				// The state has what the tenant tells; these are added to it.
				does = protocoltest.Update
			}
			now := w.Does(does, c.config)
			s.imported(now, foreign.ID)
			s.shows(now, values{"name": foreign.Name})
			for _, method := range []string{"POST", "PATCH"} {
				if got := s.requests(method, "") - s.requests(method, loginRoute); got != 0 {
					t.Errorf("the import sent %d %s", got, method)
				}
			}
			s.fine(w.Destroy())
			if left := s.minted(); len(left) != 0 {
				t.Errorf("the destroy left %+v", left)
			}
		})
	}
}

// TestPersonalAccessToken_importsItsOwn imports what the provider itself has made: all is as it was but the secret and what the tenant does not
// tell.
func TestPersonalAccessToken_importsItsOwn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config  values
		differs []string
	}{
		"lifetime":      {lasting("30d"), []string{"lifetime", "secret"}},
		"expires_at":    {lasting("").With(nullLifetime(), values{"expires_at": ahead(1000 * time.Hour)}), []string{"secret"}},
		"never_expires": {lasting("").With(nullLifetime(), values{"never_expires": true}), []string{"secret"}},
		"name_prefix":   {lasting("30d").With(values{"name": nil, "name_prefix": "ci-"}), []string{"lifetime", "name_prefix", "secret"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			made := s.workspace(nil).Does(protocoltest.Create, c.config)
			imported := s.engine().MustImport(made.Text("id"))
			s.imported(imported, made.Text("id"))
			// The version is that of the creation by the tenant's word, which may be a second off the answer to the mint.
			differs := slices.DeleteFunc(made.Differences(imported.Attributes), func(name string) bool { return name == "secret_version" })
			if !slices.Equal(differs, c.differs) {
				t.Errorf("the import differs in %v", made.Differences(imported.Attributes))
			}
		})
	}
}

// TestPersonalAccessToken_importedThenChanged goes on with an imported token like with any other.
func TestPersonalAccessToken_importedThenChanged(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	end := time.Now().Add(720 * time.Hour)
	foreign := s.seed("ci", func(k *fake.Token) { k.Scope, k.Expiration = []string{"sp:my-personal-access-tokens:read"}, &end })
	w := s.workspace(s.engine().MustImport(foreign.ID))
	// The map of triggers comes with the import and rotates nothing.
	config := values{"name": "new", "scope": []string{"sp:scopes:default"}, "lifetime": "2160h"}.With(triggered("1"))
	changed := w.Does(protocoltest.Update, config)
	s.imported(changed, foreign.ID)
	s.shows(changed, values{"name": "new", "scope": []string{"sp:scopes:default"}, "lifetime": "2160h"})
	s.endsAfter(changed, 2160*time.Hour)

	config = config.With(nullLifetime(), values{"never_expires": true})
	s.imported(w.Does(protocoltest.Update, config), foreign.ID)
	if stored := s.onTenant(foreign.ID); stored.Expiration != nil || !stored.UserAwareTokenNeverExpires || stored.Name != "new" {
		t.Errorf("the tenant has %+v", stored)
	}

	minted := w.Does(protocoltest.Replace, config.With(triggered("2")))
	if s.alone(minted); minted.Text("id") == foreign.ID {
		t.Error("the token was not replaced")
	}
}

// TestPersonalAccessToken_importUnknown has no token to import.
func TestPersonalAccessToken_importUnknown(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	s.seed("ci")
	_, diagnostics := s.engine().Import("0123456789abcdef0123456789abcdef")
	failure := s.failed(diagnostics)
	if failure == nil || failure.Summary != "No such SailPoint personal access token" ||
		!says(`None of the tokens that the provider can see has the id 0123456789abcdef0123456789abcdef`).MatchString(failure.Detail) {
		t.Fatalf("failed with %+v", failure)
	}
	s.pointsAt(failure, "id")
}

// TestAccSailPointPersonalAccessToken_importBlock takes over a token that somebody else made, and goes on with it like with any other.
func TestAccSailPointPersonalAccessToken_importBlock(t *testing.T) {
	s := emulate(t)
	foreign := s.seed("ci", importCases()["lifetime"].edit)
	s.test(
		resource.TestStep{
			Config:           s.config(importing(foreign.ID), token(`name = "ci"`, scoped, `lifetime = "720h"`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(adopted(foreign.ID), has("name", "ci"), has("lifetime", "720h")),
		},
		resource.TestStep{
			Config:           s.config(token(`name = "new"`, `scope = ["sp:scopes:default"]`, `never_expires = true`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
			Check:            all(adopted(foreign.ID), has("name", "new"), has("never_expires", "true"), s.stored(1)),
		},
	)
	if left := s.minted(); len(left) != 0 {
		t.Errorf("the destroy left %+v", left)
	}
}

// TestAccSailPointPersonalAccessToken_identity names the token by its identity.
func TestAccSailPointPersonalAccessToken_identity(t *testing.T) {
	s := emulate(t)
	foreign := s.seed("ci", func(k *fake.Token) { k.Scope = []string{"sp:my-personal-access-tokens:read"} })
	s.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: s.factories(),
		TerraformVersionChecks:   sandboxtest.Identities(),
		Steps: []resource.TestStep{{
			Config: s.config("import {\n  to = "+address+"\n  identity = {\n    id = \""+foreign.ID+"\"\n  }\n}\n",
				token(`name = "ci"`, scoped, `never_expires = true`)),
			ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
			Check:            adopted(foreign.ID),
		}},
	})
}

// importVerifies imports the token under test and compares it with the state. A secret cannot be imported.
func importVerifies(ignore ...string) resource.TestStep {
	return resource.TestStep{
		ResourceName: address, ImportState: true, ImportStateVerify: true,
		ImportStateVerifyIgnore: append([]string{"secret", "secret_version", "lifetime", "name_prefix"}, ignore...),
	}
}
