package api_test

import (
	"net/http"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/api"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// TestDelete_otherAnswer: a success that is not a deletion's deletes nothing by itself either, wherever it may come from.
func TestDelete_otherAnswer(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	never := true
	made := s.create(t, c, api.NewPersonalAccessToken{Name: "kept", Scope: []string{"sp:a:read"}, NeverExpires: &never})
	s.fault(t, http.MethodDelete, "", "html")
	if err := c.Delete(t.Context(), made.ID, ""); err == nil {
		t.Error("a token that lives counts as deleted")
	}
	s.fault(t, http.MethodDelete, "", "html-after")
	if err := c.Delete(t.Context(), made.ID, ""); err != nil {
		t.Error(err)
	}
}

// TestDelete_notFound: a 404 deletes nothing by itself. It may come from something between here and the tenant.
func TestDelete_notFound(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	c := s.client(t, api.V1)
	never := true
	made := s.create(t, c, api.NewPersonalAccessToken{Name: "kept", Scope: []string{"sp:a:read"}, NeverExpires: &never})
	s.fault(t, http.MethodDelete, "", "status:404")
	if err := c.Delete(t.Context(), made.ID, ""); err == nil {
		t.Error("a token that lives counts as deleted")
	}
	if err := c.Delete(t.Context(), made.ID, ""); err != nil {
		t.Error(err)
	}
	if _, exists := s.Token(made.ID); exists {
		t.Error("the token is still there")
	}
}
