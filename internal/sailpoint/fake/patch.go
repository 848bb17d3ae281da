package fake

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// change is one operation of a JSON Patch. A missing value and a null one differ.
type change struct {
	Op    string
	Path  string
	Value *json.RawMessage
}

// patch is PATCH on one token: all operations or none.
func (s *Server) patch(c *call) (int, any, *problem) {
	if !c.may(scopeMyManage) {
		return 0, nil, c.forbidden("idn:my-personal-access-tokens:manage")
	}
	if refused := c.wantsType("application/json-patch+json"); refused != nil {
		return 0, nil, refused
	}
	token, exists := s.tokens.Get(c.r.PathValue("id"))
	if !exists || !s.visible(token) {
		return 0, nil, &problem{status: http.StatusNotFound}
	}
	// Nobody patches another user's token, whatever the rights.
	if token.Owner != c.owner.ID {
		return 0, nil, &problem{http.StatusForbidden, "Only the owner can patch a personal access token."}
	}
	body, _ := io.ReadAll(c.r.Body)
	changes, refused := readChanges(body)
	if refused != nil {
		return 0, nil, refused
	}
	patched, refused := s.patched(c.version, token, changes)
	if refused != nil {
		return 0, nil, refused
	}
	s.put(patched)
	return http.StatusOK, s.listed(patched, c.version), nil
}

// patched is a token with changes; nothing is stored yet.
func (s *Server) patched(v version, token Token, changes []change) (Token, *problem) {
	p := &patching{server: s, version: v, token: token.clone(), now: s.now()}
	for _, change := range changes {
		if refused := p.apply(change); refused != nil {
			return Token{}, refused
		}
	}
	if refused := p.finish(); refused != nil {
		return Token{}, refused
	}
	return p.token, s.freeName(p.token)
}

func readChanges(body []byte) ([]change, *problem) {
	var raw []map[string]json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil || raw == nil {
		return nil, bad("The JSON Patch is not an array of operations.")
	}
	changes := make([]change, 0, len(raw))
	for _, fields := range raw {
		var next change
		for name, value := range fields {
			switch name {
			case "op":
				_ = json.Unmarshal(value, &next.Op)
			case "path":
				_ = json.Unmarshal(value, &next.Path)
			case "value":
				next.Value = &value
			default:
				return nil, bad("Unknown property %q of a JSON Patch operation.", name)
			}
		}
		changes = append(changes, next)
	}
	return changes, nil
}

// patching is a patch under way. The expiry and its acknowledgement are judged together, at the end.
type patching struct {
	server  *Server
	version version
	token   Token
	now     time.Time
	aware   *bool
	cleared bool
	dated   bool
}

func (p *patching) apply(c change) *problem {
	switch c.Op {
	case "add", "replace":
		if c.Value == nil {
			return bad("The operation %s needs a value.", c.Op)
		}
		return p.set(c.Path, *c.Value)
	case "remove":
		return p.remove(c.Path)
	default:
		return bad("The operation %q is not supported.", c.Op)
	}
}

func (p *patching) set(path string, value json.RawMessage) *problem {
	switch {
	case path == "/name":
		return readName(map[string]json.RawMessage{"name": value}, &p.token)
	case path == "/scope":
		return readScope(value, &p.token)
	case path == "/expirationDate" && !p.version.old:
		if isNull(value) {
			if word := p.server.switches.ClearExpiration; word == "" || word == "remove" {
				return bad("The value of /expirationDate must not be null.")
			}
			return p.clear()
		}
		at, refused := readExpiry(value, p.now)
		if refused != nil {
			return refused
		}
		p.token.Expiration, p.dated, p.cleared = &at, true, false
		return nil
	case path == "/userAwareTokenNeverExpires" && !p.version.old:
		aware, refused := readAware(value)
		p.aware = &aware
		return refused
	default:
		return bad("The path %q is not patchable.", path)
	}
}

func (p *patching) remove(path string) *problem {
	if path != "/expirationDate" || p.version.old {
		return bad("The path %q cannot be removed.", path)
	}
	if p.server.switches.ClearExpiration == "replace_null" {
		return bad("The operation \"remove\" is not supported for /expirationDate.")
	}
	return p.clear()
}

func (p *patching) clear() *problem {
	p.token.Expiration, p.cleared, p.dated = nil, true, false
	return nil
}

func (p *patching) finish() *problem {
	acknowledged := p.aware != nil && *p.aware
	if p.cleared && !acknowledged {
		return bad("userAwareTokenNeverExpires must be set to true in the same request that clears expirationDate.")
	}
	if p.aware != nil && !*p.aware && p.token.Expiration == nil {
		return bad("expirationDate must be provided if userAwareTokenNeverExpires is false.")
	}
	switch {
	case p.aware != nil:
		p.token.UserAwareTokenNeverExpires = *p.aware
	case p.dated:
		p.token.UserAwareTokenNeverExpires = false
	}
	return nil
}
