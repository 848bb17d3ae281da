package fake

import (
	"encoding/json"
	"maps"
	"net/http"
	"reflect"
	"time"
)

// putAccount is PUT on the collection: an upsert by the name in the manifest. Only the call that creates an account
// answers its token.
func (s *Server) putAccount(c *call) (int, any, *problem) {
	if !c.manages() {
		return 0, nil, forbidden(rightCreateAccount)
	}
	fields, refused := c.object("manifest", "dryRun")
	if refused != nil {
		refused.status = s.switches.manifestStatus()
		return 0, nil, refused
	}
	dryRun := false
	if raw, present := fields["dryRun"]; present && json.Unmarshal(raw, &dryRun) != nil {
		return 0, nil, &problem{status: s.switches.manifestStatus(), message: "dryRun must be a boolean value"}
	}
	manifest, refused := s.readManifest(fields["manifest"])
	if refused != nil {
		return 0, nil, refused
	}
	old, exists := s.accountByName(manifest.text("name"))
	if exists && s.switches.AutoRotateFrozen && !reflect.DeepEqual(old.Manifest["auto_rotate"], manifest["auto_rotate"]) {
		return 0, nil, &problem{status: s.switches.manifestStatus(), message: "auto_rotate cannot be changed after creation"}
	}
	next := s.applied(c, old, exists, manifest)
	if dryRun {
		return http.StatusOK, s.accountAnswer(next, ""), nil
	}
	if exists {
		next = s.editExpiration(old, next)
		s.putStored(next)
		return http.StatusOK, s.accountAnswer(next, ""), nil
	}
	next = s.reissue(next, next.Created, 0, "")
	s.putStored(next)
	return s.switches.createdStatus(), s.accountAnswer(next, next.Secret()), nil
}

// applied is the account with the manifest, not yet stored.
func (s *Server) applied(c *call, old VirtualAccount, exists bool, manifest Manifest) VirtualAccount {
	now := s.now().Truncate(time.Millisecond)
	if !exists {
		return VirtualAccount{
			ID: newID(), Manifest: manifest, Grants: manifest.permissions(), CreatedBy: c.subject, Created: now, Updated: now,
		}
	}
	if _, present := manifest["permissions"]; present {
		old.Grants = manifest.permissions()
	}
	if s.switches.OmittedFields == "kept" {
		merged := maps.Clone(old.Manifest)
		maps.Copy(merged, manifest)
		manifest = merged
	}
	old.Manifest, old.Updated = manifest, now
	return old
}

// editExpiration lets a changed expiration reach the active token.
func (s *Server) editExpiration(old, next VirtualAccount) VirtualAccount {
	if old.Manifest.text("expiration_date") == next.Manifest.text("expiration_date") {
		return next
	}
	switch s.switches.ExpirationEdit {
	case "keeps":
	case "reissues":
		next = s.reissue(next, next.Updated, 0, "")
	default:
		next.Tokens = cloneTokens(next.Tokens)
		for i, t := range next.Tokens {
			if t.ID == next.ActiveID {
				next.Tokens[i].Expiry, next.Tokens[i].Updated = s.expiration(next.Manifest), next.Updated
			}
		}
	}
	return next
}

func (s *Server) accountAnswer(a VirtualAccount, token string) map[string]any {
	answer := map[string]any{"data": s.accountRow(a, false)}
	switch {
	case token != "":
		answer["token"] = token
	case s.switches.NullToken:
		answer["token"] = nil
	}
	return answer
}
