package api

import "encoding/json"

// Keys of a manifest. All are in snake case but one.
const (
	KeyName                    = "name"
	KeyType                    = "type"
	KeyPermissions             = "permissions"
	KeyExpirationDate          = "expiration_date"
	KeyAutoRotate              = "auto_rotate"
	KeyNotificationTarget      = "notification_target"
	KeySecretStoreConfig       = "secret_store_config"
	KeyOwnedBy                 = "ownedBy"
	KeyTags                    = "tags"
	KeyIdentityProviderMapping = "identity_provider_mapping"
	KeyTokenType               = "token_type"
	keyUserFQN                 = "user_fqn"
)

// manifestType is the constant that every virtual account's manifest holds.
const manifestType = "virtual-account"

// Manifest is a manifest as it is in JSON, with the keys that newer control planes have added.
type Manifest map[string]json.RawMessage

// NewManifest is the smallest manifest of a virtual account.
func NewManifest(name string) Manifest {
	return Manifest{KeyName: quote(name), KeyType: quote(manifestType)}
}

// Text is a field that is a string; empty where there is none.
func (m Manifest) Text(key string) string {
	var text string
	_ = json.Unmarshal(m[key], &text)
	return text
}

// quote writes a string as JSON, which cannot fail.
func quote(text string) json.RawMessage {
	raw, _ := json.Marshal(text)
	return raw
}
