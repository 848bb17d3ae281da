package fake

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// getAccount is GET on one virtual account.
func (s *Server) getAccount(c *call) (int, any, *problem) {
	a, exists := s.account(c.r.PathValue("id"))
	if c.powerless() {
		return 0, nil, forbidden(rightReadAccount)
	}
	if !exists || !c.sees(a) {
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

// readAccountToken is GET on the current secret, which an opaque token does not give away.
func (s *Server) readAccountToken(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightManageAccount)
	if refused != nil {
		return 0, nil, refused
	}
	active, exists := a.token(a.ActiveID)
	if !exists {
		return 0, nil, missing("Virtual account has no active token")
	}
	if active.Type == typeOpaque {
		return 0, nil, s.opaqueRefusal()
	}
	return http.StatusOK, map[string]any{"token": active.Secret}, nil
}

func (s *Server) opaqueRefusal() *problem {
	return &problem{status: s.switches.opaqueTokenStatus(), message: "Opaque tokens cannot be retrieved after creation"}
}

// regenerate is POST on regenerate-token: a new secret now, the end of the old one after the grace period.
func (s *Server) regenerate(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightManageAccount)
	if refused != nil {
		return 0, nil, refused
	}
	fields, refused := c.object("gracePeriodInDays")
	if refused != nil {
		return 0, nil, refused
	}
	var days *float64
	if json.Unmarshal(fields["gracePeriodInDays"], &days) != nil || days == nil || *days < 0 || *days > 365 {
		return 0, nil, bad("gracePeriodInDays must be a number between 0 and 365")
	}
	a = s.regenerated(a, *days)
	s.putStored(a)
	answer := map[string]any{"token": a.Secret()}
	if s.switches.RegenerateAnswer == "account" {
		answer["data"] = s.accountRow(s.catchUp(a), false)
	}
	return http.StatusOK, answer, nil
}

func (s *Server) regenerated(a VirtualAccount, graceDays float64) VirtualAccount {
	now := s.now().Truncate(time.Millisecond)
	a = s.reissue(a, now, time.Duration(graceDays*float64(day)), "")
	a.Updated = now
	return a
}

// syncAccount is POST on sync-to-secret-store. A failed sync is an error text inside a 200.
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
	now := s.now().Truncate(time.Millisecond)
	info := map[string]any{"updatedAt": timestamp(now)}
	if s.switches.SyncError != "" {
		info["error"] = s.switches.SyncError
	} else {
		s.putStored(s.sync(a, now))
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
