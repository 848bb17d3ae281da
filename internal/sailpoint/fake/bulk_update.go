package fake

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// bulkLimit is how many tokens one bulk update may name.
const bulkLimit = 25

// bulkUpdate is PATCH, and POST, on bulk-update: one JSON Patch for the expiry of anybody's tokens.
func (s *Server) bulkUpdate(c *call) (int, any, *problem) {
	if c.r.Method == http.MethodPost && s.switches.BulkUpdateNoPost {
		return 0, nil, &problem{status: http.StatusMethodNotAllowed}
	}
	if !c.may(scopeAllManage) {
		return 0, nil, c.forbidden("idn:all-personal-access-tokens:update")
	}
	if refused := c.wantsType("application/json"); refused != nil {
		return 0, nil, refused
	}
	fields, refused := c.fields("ids", "patch")
	if refused != nil {
		return 0, nil, refused
	}
	ids, refused := readIDs(fields["ids"])
	if refused != nil {
		return 0, nil, refused
	}
	changes, refused := readBulkChanges(fields["patch"])
	if refused != nil {
		return 0, nil, refused
	}
	var updated []Token
	var unknown *problem
	for _, id := range ids {
		token, exists := s.tokens.Get(id)
		if !exists || !s.visible(token) {
			// The operation has no 404.
			unknown = bad("The personal access token %q does not exist.", id)
			continue
		}
		token, refused := s.patched(c.version, token, changes)
		if refused != nil {
			return 0, nil, refused
		}
		updated = append(updated, token)
	}
	word := s.switches.BulkUpdateUnknown
	if unknown != nil && (word == "" || word == "none") {
		return 0, nil, unknown
	}
	slices.SortFunc(updated, func(a, b Token) int { return strings.Compare(a.ID, b.ID) })
	items := []any{}
	for _, token := range updated {
		s.put(token)
		item := s.listed(token, c.version)
		// The vendor keeps it to itself in this answer.
		delete(item, "userAwareTokenNeverExpires")
		items = append(items, item)
	}
	if unknown != nil && word == "others" {
		return 0, nil, unknown
	}
	return http.StatusOK, items, nil
}

func readIDs(value json.RawMessage) ([]string, *problem) {
	var ids []string
	if !isNull(value) && json.Unmarshal(value, &ids) != nil {
		return nil, bad("ids must be an array of strings.")
	}
	if len(ids) < 1 || len(ids) > bulkLimit {
		return nil, bad("ids must hold between 1 and %d ids.", bulkLimit)
	}
	for i, id := range ids {
		switch {
		case strings.TrimSpace(id) == "":
			return nil, bad("ids must not be blank.")
		case slices.Contains(ids[:i], id):
			return nil, bad("ids must be unique.")
		}
	}
	return ids, nil
}

// readBulkChanges reads the patch of a bulk update, which is about the expiry alone.
func readBulkChanges(value json.RawMessage) ([]change, *problem) {
	if isNull(value) {
		return nil, bad("patch is required.")
	}
	changes, refused := readChanges(value)
	if refused == nil && len(changes) == 0 {
		return nil, bad("patch is required.")
	}
	for _, change := range changes {
		if change.Path != "/expirationDate" && change.Path != "/userAwareTokenNeverExpires" {
			return nil, bad("The path %q is not patchable.", change.Path)
		}
	}
	return changes, refused
}
