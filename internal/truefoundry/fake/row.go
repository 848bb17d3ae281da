package fake

import (
	"slices"
	"time"
)

// row is what the vendor's one model for both kinds of token holders shows.
type row struct {
	id, name     string
	manifest     map[string]any
	activeID     string
	tokens       []IssuedToken
	subject      Subject
	createdBy    Subject
	created      time.Time
	updated      time.Time
	lastAccessed *time.Time
	expired      bool
	grants       []Permission
	nextRotation *time.Time
}

func (s *Server) rowJSON(r row, listed bool) map[string]any {
	item := map[string]any{
		"id": r.id, "type": r.manifest["type"], "tenantName": s.tenant, "manifest": r.manifest,
		"createdBySubject": s.subjectJSON(r.createdBy),
		"createdAt":        timestamp(r.created), "updatedAt": timestamp(r.updated),
	}
	if s.switches.ExtraKeys {
		item["futureField"] = []any{map[string]any{"nested": true}}
		r.manifest["future_field"] = map[string]any{"nested": true}
	}
	if older := s.switches.Rows; older == "named" || older == "page" {
		item["name"], item["createdBy"] = r.name, r.createdBy.ID
	}
	if s.switches.Rows == "page" {
		return item
	}
	item["accountId"], item["metadata"], item["isExpired"] = s.accountID, map[string]any{}, r.expired
	item["jwtId"], item["nextScheduledRotation"] = nullable(r.activeID), moment(r.nextRotation)
	item["roleIds"], item["rolesWithResource"] = roles(r.grants)
	if s.switches.HideJWTs != "always" && (s.switches.HideJWTs != "list" || !listed) {
		item["jwts"] = s.jwts(r)
	}
	if s.switches.Rows != "named" {
		item["lastAccessedAt"] = moment(r.lastAccessed)
	}
	return item
}

func (s *Server) jwts(r row) []any {
	all := []any{}
	for _, t := range r.tokens {
		jwt := map[string]any{
			"id": t.ID, "subjectType": r.subject.Type, "subjectId": r.subject.ID, "metadata": map[string]any{},
			"expiry": timestamp(t.expiry()), "createdAt": timestamp(t.Created), "updatedAt": timestamp(t.Updated),
		}
		if s.switches.Rows != "named" {
			jwt["tokenType"] = t.Type
		}
		all = append(all, jwt)
	}
	return all
}

func roles(grants []Permission) (ids []string, resources []any) {
	ids, resources = []string{}, []any{}
	for _, grant := range grants {
		if !slices.Contains(ids, grant.RoleID) {
			ids = append(ids, grant.RoleID)
		}
		resources = append(resources, map[string]any{
			"roleId": grant.RoleID, "roleName": grant.RoleID,
			"resourceType": grant.ResourceType, "resourceId": grant.ResourceFQN,
		})
	}
	return ids, resources
}

func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func moment(at *time.Time) any {
	if at == nil {
		return nil
	}
	return timestamp(*at)
}
