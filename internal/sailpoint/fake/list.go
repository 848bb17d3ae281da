package fake

import (
	"net/http"
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// list is GET on the collection.
func (s *Server) list(c *call) (int, any, *problem) {
	query := c.r.URL.Query()
	owner, tenantWide := query.Get("owner-id"), false
	if owner == "me" {
		if !c.may(scopeMyRead, scopeMyManage, scopeAllRead, scopeAllManage) {
			return 0, nil, c.forbidden("idn:my-personal-access-tokens:read")
		}
		owner = c.owner.ID
	} else {
		// The caller's own identity ID counts as an actual owner ID too.
		if !c.may(scopeAllRead, scopeAllManage) {
			return 0, nil, c.forbidden("idn:all-personal-access-tokens:read")
		}
		tenantWide = owner == ""
	}
	keep, err := parseFilter(query.Get("filters"))
	if err != nil {
		return 0, nil, bad("Invalid filters: %s.", err)
	}
	// No narrower scope carries the right on managed tokens.
	managed := c.owner.ReadsManaged && slices.Contains(c.scopes, scopeAll)
	items := []any{}
	for _, token := range s.tokens.List(fakeapi.Lagging(c.r)) {
		if !tenantWide && token.Owner != owner || token.Managed && !managed || !s.visible(token) || !keep(token) {
			continue
		}
		if cut := s.switches.ListCut; cut > 0 && len(items) == cut {
			break
		}
		items = append(items, s.listed(token, c.version))
	}
	return http.StatusOK, items, nil
}

// delete is DELETE on one token.
func (s *Server) delete(c *call) (int, any, *problem) {
	if !c.may(scopeMyManage, scopeAllManage) {
		return 0, nil, c.forbidden("idn:my-personal-access-tokens:manage")
	}
	token, exists := s.tokens.Get(c.r.PathValue("id"))
	if !exists || !s.visible(token) {
		return 0, nil, &problem{status: http.StatusNotFound}
	}
	if token.Owner != c.owner.ID && !c.may(scopeAllManage) {
		return 0, nil, c.forbidden("idn:all-personal-access-tokens:manage")
	}
	s.remove(token.ID)
	return http.StatusNoContent, nil, nil
}
