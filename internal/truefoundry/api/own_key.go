package api

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
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

// claims are what a signed key tells about itself; an opaque one tells nothing. No signature is checked: the control plane does that.
type claims struct {
	ID      string      `json:"jti"`
	Subject string      `json:"sub"`
	Expiry  json.Number `json:"exp"`
}

func claimsOf(key rest.Secret) claims {
	var told claims
	if parts := strings.Split(key.Reveal(), "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		// A claim of another type than expected is passed over; the others still say something.
		_ = json.Unmarshal(payload, &told)
	}
	return told
}

// HoldsOwnKey reports whether the client authenticates with a token of the holder. The token tells it, and where that is not known,
// the key itself: a signed one names its id and its subject, an opaque one begins with the kind and the name of its holder.
func (c *Client) HoldsOwnKey(h Holder) bool {
	key := c.config.APIKey.Reveal()
	if h.Token != "" && h.Token == key {
		return true
	}
	told := c.claims
	return h.JWTID != "" && h.JWTID == told.ID || h.ID != "" && h.ID == told.Subject || h.isNamedBy(key)
}

// isNamedBy reports whether a key begins with the kind and the name of a holder. It is asked of every row of a list.
func (h Holder) isNamedBy(key string) bool {
	isNamed := h.Name != ""
	for _, word := range [...]string{"tfy", "_", h.Kind, "_", h.Name, "_"} {
		after, begins := strings.CutPrefix(key, word)
		key, isNamed = after, isNamed && begins
	}
	return isNamed
}

// KeyKind is the kind of holder that the client's key has, as far as the key or a list of the caller's tokens tells; empty where neither does.
func (c *Client) KeyKind(tokens []ServiceAccount) string {
	for _, kind := range []string{KindPersonalAccessToken, KindVirtualAccount} {
		if strings.HasPrefix(c.config.APIKey.Reveal(), "tfy_"+kind+"_") {
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

// CredentialExpiry is when the API key expires, which a signed one tells; nil where it does not. A name is not told.
func (c *Client) CredentialExpiry() (name string, at *time.Time) {
	seconds, err := c.claims.Expiry.Float64()
	if err != nil || seconds <= 0 || seconds > lastSecond {
		return "", nil
	}
	expiry := time.Unix(int64(seconds), 0)
	return "", &expiry
}

// lastSecond is the end of the year 9999, the last that a time in RFC 3339 can have.
const lastSecond = 253402300799
