package api

import (
	"encoding/base64"
	"encoding/json"
	"strings"
)

// The kinds of holders, as opaque tokens spell them.
const (
	KindPersonalAccessToken = "pat"
	KindVirtualAccount      = "va"
)

// Holder is what is known of something that holds a token. Empty fields are not known.
type Holder struct {
	Kind, ID, Name string
	// JWTID is the id of its active token.
	JWTID string
	// Token is its token.
	Token string
}

// HoldsOwnKey reports whether the client authenticates with a token of the holder. The token tells it, and where that is not known,
// the key itself: a signed one names its id and its subject, an opaque one begins with the kind and the name of its holder.
func (c *Client) HoldsOwnKey(h Holder) bool {
	key := c.key.Reveal()
	if h.Token != "" && h.Token == key {
		return true
	}
	var claims struct {
		ID      string `json:"jti"`
		Subject string `json:"sub"`
	}
	if parts := strings.Split(key, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(payload, &claims)
	}
	return h.JWTID != "" && h.JWTID == claims.ID || h.ID != "" && h.ID == claims.Subject ||
		h.Name != "" && strings.HasPrefix(key, "tfy_"+h.Kind+"_"+h.Name+"_")
}

// KeyKind is the kind of holder that the client's key has, as far as the key or a list of the caller's tokens tells; empty where neither does.
func (c *Client) KeyKind(tokens []ServiceAccount) string {
	for _, kind := range []string{KindPersonalAccessToken, KindVirtualAccount} {
		if strings.HasPrefix(c.key.Reveal(), "tfy_"+kind+"_") {
			return kind
		}
	}
	for _, token := range tokens {
		if token.JWTID != nil && c.HoldsOwnKey(Holder{JWTID: *token.JWTID}) {
			return KindPersonalAccessToken
		}
	}
	return ""
}
