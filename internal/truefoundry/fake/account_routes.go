package fake

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// accountExists is GET on exists: whether the tenant has an account of a name, also one that the caller does not see. An older plane
// takes the word for the ID of an account.
func (s *Server) accountExists(c *call) (int, any, *problem) {
	if !s.newerAccounts() {
		return s.readAccount(c, "exists")
	}
	if c.powerless() {
		return 0, nil, forbidden(rightReadAccount)
	}
	name := c.r.URL.Query().Get("name")
	if name == "" {
		return 0, nil, bad("name must be a string that is not empty")
	}
	_, exists := s.accountByName(name)
	return http.StatusOK, map[string]any{"exists": exists}, nil
}

// getAccount is GET on one virtual account.
func (s *Server) getAccount(c *call) (int, any, *problem) {
	return s.readAccount(c, c.r.PathValue("id"))
}

func (s *Server) readAccount(c *call, id string) (int, any, *problem) {
	a, exists := s.account(id)
	if c.powerless() {
		return 0, nil, forbidden(rightReadAccount)
	}
	if !exists || !s.sees(c, a) {
		return 0, nil, missing("Virtual account not found")
	}
	token := ""
	if active, _ := a.token(a.ActiveID); s.switches.GetReturnsToken && c.manages() && active.Type == typeJWT {
		token = active.Secret
	}
	return http.StatusOK, s.accountAnswer(a, token), nil
}

// managed finds the account of an operation that needs a right.
func (s *Server) managed(c *call, right string) (VirtualAccount, *problem) {
	if !c.manages() {
		return VirtualAccount{}, forbidden(right)
	}
	a, exists := s.account(c.r.PathValue("id"))
	if !exists {
		return VirtualAccount{}, missing("Virtual account not found")
	}
	return a, nil
}

// deleteAccount is DELETE on one virtual account, which ends all of its tokens.
func (s *Server) deleteAccount(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightDeleteAccount)
	if refused != nil {
		return 0, nil, refused
	}
	s.removeAccount(a.ID)
	return http.StatusOK, map[string]any{}, nil
}

// readAccountToken is GET on the current secret. Whether an opaque token is shown again is told in two ways.
func (s *Server) readAccountToken(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightManageAccount)
	if refused != nil {
		return 0, nil, refused
	}
	active, exists := a.token(a.ActiveID)
	if !exists {
		return 0, nil, missing("Virtual account has no active token")
	}
	if active.Type == typeOpaque && s.switches.OpaqueTokens != "again" {
		return 0, nil, s.opaqueRefusal()
	}
	return http.StatusOK, map[string]any{"token": active.Secret}, nil
}

func (s *Server) opaqueRefusal() *problem {
	return &problem{status: s.switches.opaqueTokenStatus(), message: "Opaque tokens cannot be retrieved after creation"}
}

// syncAccount is POST on sync-to-secret-store. A failed sync is an error text inside a 200. Newer planes write nothing while the store
// has the active token, unless they are forced to.
func (s *Server) syncAccount(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightManageAccount)
	if refused != nil {
		return 0, nil, refused
	}
	if a.Manifest["secret_store_config"] == nil {
		return 0, nil, bad("Secret store config is not set for the virtual account")
	}
	if a.Secret() == "" {
		return 0, nil, missing("Virtual account has no active token")
	}
	force := false
	if text := c.r.URL.Query().Get("force"); text != "" && s.newerAccounts() {
		var err error
		if force, err = strconv.ParseBool(text); err != nil {
			return 0, nil, bad("force must be a boolean value")
		}
	}
	now := s.now().Truncate(time.Millisecond)
	isStored := s.newerAccounts() && a.SyncedID == a.ActiveID && !force
	info := map[string]any{}
	switch {
	case isStored:
	case s.switches.SyncError != "":
		info["error"] = s.switches.SyncError
	default:
		a = s.sync(a, now)
		s.putStored(a)
	}
	info["updatedAt"] = timestamp(now)
	if isStored {
		info["updatedAt"] = timestamp(*a.SyncedAt)
	}
	if s.newerAccounts() {
		info["jwtId"] = a.SyncedID
	}
	return http.StatusOK, map[string]any{"syncTokenInSecretStoreInfo": info}, nil
}

// deleteJWT is DELETE on one issued token; the account stays. The answer has no body.
func (s *Server) deleteJWT(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightManageAccount)
	if refused != nil {
		return 0, nil, refused
	}
	id := c.r.PathValue("jwtId")
	if _, issued := a.token(id); !issued {
		return 0, nil, missing("JWT not found")
	}
	if id == a.ActiveID && s.switches.ActiveJWTDelete == "refused" {
		return 0, nil, bad("The active token cannot be deleted")
	}
	s.putStored(s.withoutToken(a, id))
	return http.StatusOK, nil, nil
}

func (s *Server) withoutToken(a VirtualAccount, id string) VirtualAccount {
	a.Tokens = slices.DeleteFunc(cloneTokens(a.Tokens), func(t IssuedToken) bool { return t.ID == id })
	if id == a.ActiveID && s.switches.ActiveJWTDelete != "stale" {
		a.ActiveID = ""
	}
	a.Updated = s.now().Truncate(time.Millisecond)
	return a
}
