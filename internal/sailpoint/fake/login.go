package fake

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// bearer is an access token that a login answered. Its scopes are those of the login: a later change does not reach it.
type bearer struct {
	clientID string
	scopes   []string
	expires  time.Time
}

// login is POST /oauth/token. FormValue reads all three forms that the vendor accepts: form body, multipart and query.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if grant := r.FormValue("grant_type"); grant != "client_credentials" {
		failLogin(w, http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type: "+grant)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	token, exists := s.tokens.Get(r.FormValue("client_id"))
	if !exists || token.Secret != r.FormValue("client_secret") || token.expired(now) {
		failLogin(w, http.StatusUnauthorized, "invalid_client", "Bad client credentials")
		return
	}
	// The vendor moves lastUsed at most once a day.
	if token.LastUsed == nil || now.Sub(*token.LastUsed) >= 24*time.Hour {
		token.LastUsed = &now
		s.tokens.Touch(token.ID, token)
	}
	writeJSON(w, http.StatusOK, s.grant(token, now))
}

func (s *Server) grant(token Token, now time.Time) map[string]any {
	seconds := token.AccessTokenValiditySeconds
	if s.switches.BearerSeconds > 0 {
		seconds = s.switches.BearerSeconds
	}
	expires := now.Add(time.Duration(seconds) * time.Second)
	jti := fakeapi.NewID()
	claims := map[string]any{
		"tenant_id": s.tenantID, "pod": "emulated", "org": s.org, "client_id": token.ID, "jti": jti,
		"iat": now.Unix(), "exp": expires.Unix(), "scope": token.Scope,
	}
	answer := map[string]any{
		"token_type": "bearer", "expires_in": seconds, "scope": strings.Join(token.Scope, " "),
		"tenant_id": s.tenantID, "pod": "emulated", "org": s.org, "jti": jti,
	}
	if !s.switches.OmitIdentityID {
		for _, object := range []map[string]any{claims, answer} {
			object["identity_id"] = token.Owner
			object["user_id"] = token.Owner
		}
	}
	value := s.stage.Vault.Keep(part(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + part(claims) + "." + s.stage.Vault.Base64(32))
	s.bearers[value] = bearer{clientID: token.ID, scopes: token.Scope, expires: expires}
	answer["access_token"] = value
	return answer
}

func part(claims map[string]any) string {
	text, _ := json.Marshal(claims)
	return base64.RawURLEncoding.EncodeToString(text)
}
