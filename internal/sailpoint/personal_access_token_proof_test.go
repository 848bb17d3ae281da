package sailpoint_test

import (
	"fmt"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// incomplete says that a list lacks the very token that the provider has logged in with.
const incomplete = `neither is the token that the provider has just logged in with: the list is not complete`

// foreignList is a well-formed list that holds neither the token looked for nor the provider's own.
func (s *tenant) foreignList() string {
	return fmt.Sprintf(`[{"id": "0123456789abcdef0123456789abcdef", "name": "other", "scope": ["sp:scopes:all"],
		"owner": {"type": "IDENTITY", "id": %q, "name": "owner"}, "created": "2030-01-31T12:00:00.000Z", "accessTokenValiditySeconds": 43200}]`,
		s.SailPoint.Bootstrap().IdentityID)
}

// TestPersonalAccessToken_listWithoutOwn reads lists that cannot be whole, because the provider's own token is not in them: they prove
// nothing about any other token, whether or not the login tells the identity.
func TestPersonalAccessToken_listWithoutOwn(t *testing.T) {
	t.Parallel()
	for _, omit := range []bool{false, true} {
		for name, body := range map[string]func(*tenant) string{
			"empty": func(*tenant) string { return "[]" }, "others": (*tenant).foreignList,
		} {
			t.Run(fmt.Sprintf("%s, identity omitted %t", name, omit), func(t *testing.T) {
				t.Parallel()
				s := emulate(t, switched(func(w *fake.Switches) { w.OmitIdentityID = omit }))
				var instead string
				s.env.Transport = answering{&instead}
				s.doubts(incomplete, func() { instead = body(s) }, func() { instead = "" })
			})
		}
	}
}

// TestPersonalAccessToken_importFromListWithoutOwn does not take a doubtful list for an answer either.
func TestPersonalAccessToken_importFromListWithoutOwn(t *testing.T) {
	t.Parallel()
	s := emulate(t)
	foreign := s.seed("ci")
	instead := "[]"
	s.env.Transport = answering{&instead}
	e := s.engine()
	_, diagnostics := e.Import(foreign.ID)
	if failure := s.failed(diagnostics); failure == nil || !says(incomplete).MatchString(failure.Detail) {
		t.Errorf("diagnostics %+v", diagnostics)
	}
}

// TestPersonalAccessToken_deleteNotFound is answered 404 for a token that lives, and gets a list that does not prove otherwise: the
// token must not be forgotten.
func TestPersonalAccessToken_deleteNotFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(s *tenant, instead *string) (credential values)
		says    func(*tenant) string
	}{
		"listed":           {func(*tenant, *string) values { return nil }, func(*tenant) string { return `is still in the list` }},
		"empty list":       {func(_ *tenant, instead *string) values { *instead = "[]"; return nil }, func(*tenant) string { return incomplete }},
		"list of others":   {func(s *tenant, instead *string) values { *instead = s.foreignList(); return nil }, func(*tenant) string { return incomplete }},
		"list as if cut":   {(*tenant).crowd, func(*tenant) string { return `has exactly 250 tokens` }},
		"another identity": {(*tenant).stranger, func(s *tenant) string { return `was minted as ` + s.SailPoint.Bootstrap().IdentityID }},
		"list not readable": {func(s *tenant, _ *string) values {
			// The first list is readable: it tells what else is to be deleted.
			s.fault("GET", listRoute, "slow:1ms", 1)
			s.fault("GET", listRoute, "status:403", 1)
			return nil
		}, func(*tenant) string { return `could not be confirmed by the list` }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			var instead string
			s.env.Transport = answering{&instead}
			e := s.engine()
			made := e.Create(lasting("720h"))
			e = s.engine(c.happens(s, &instead))
			s.fault("DELETE", itemRoute, "status:404", 1)
			_, diagnostics := e.TryDestroy(made)
			failure := s.failed(diagnostics)
			if failure == nil || failure.Summary != "Unable to delete SailPoint personal access token" || !says(c.says(s)).MatchString(failure.Detail) {
				t.Errorf("failed with %+v", failure)
			}
			if _, there := s.SailPoint.Token(made.Text("id")); !there {
				t.Error("the test deletes the token")
			}
		})
	}
}

// crowd fills the list of the provider's own tokens with others to just the length at which the tenant may cut it.
func (s *tenant) crowd(*string) values {
	mine := s.minted()[0]
	if err := s.SailPoint.DeleteToken(mine.ID); err != nil {
		s.t.Fatal(err)
	}
	// The list is in the order of creation: now the token comes after those that fit.
	for i := range 249 {
		s.seed(fmt.Sprintf("foreign-%03d", i))
	}
	s.seed(mine.Name, func(k *fake.Token) { *k = mine })
	if err := s.SailPoint.SetSwitches(func(w *fake.Switches) { w.ListCut = 250 }); err != nil {
		s.t.Fatal(err)
	}
	return nil
}

// stranger is the credential of another identity.
func (s *tenant) stranger(*string) values {
	other, err := s.SailPoint.AddUser(fake.User{Name: "other"})
	if err != nil {
		s.t.Fatal(err)
	}
	return values{"client_id": other.ClientID, "client_secret": other.ClientSecret}
}
