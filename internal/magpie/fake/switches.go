package fake

import "github.com/tokenmint/terraform-provider-mint/internal/fakeapi"

// Switches decide what the vendor's pages leave open or contradict. The zero value is the most literal reading of the
// pages and of the house style that they show elsewhere. Of a switch that takes words, the first one is the default.
type Switches struct {
	// IDKind is how new token IDs look: "number", "large_number" (above 2^53), "digits" (a number written as a string),
	// "uuid" or "string" (with characters that a path has to escape).
	IDKind string `json:"id_kind"`
	// KeyCase is how the keys of a record are written: "camelCase", "snake_case", "PascalCase" or "kebab-case".
	KeyCase string `json:"key_case"`
	// IDName is the key of the ID: "id", "tokenId", "accessTokenId" or "uuid".
	IDName string `json:"id_name"`
	// CreatedName is the key of the time of creation: "created", "createdAt", "createdOn", "createdDate", "createdTime",
	// "creationDate", "creationTime", "dateCreated", "createTime" or "issuedAt".
	CreatedName string `json:"created_name"`
	// ExpiresName is the key of the expiry: "expires", "expiresAt", "expiresOn", "expiration", "expirationDate",
	// "expirationTime", "expiry", "expiryDate" or "validUntil".
	ExpiresName string `json:"expires_name"`
	// DescriptionName is the key of the description: "description", "comment" or "note".
	DescriptionName string `json:"description_name"`
	// StatusName is the key that tells whether a token is disabled: "status", "tokenStatus", "accessTokenStatus" or
	// "state", which take StatusForm; or "disabled", "isDisabled", "enabled", "isEnabled", "active" or "isActive", which are
	// booleans.
	StatusName string `json:"status_name"`
	// StatusForm is what the first four of StatusName hold: "word", or "bool" with true for disabled as in the path that
	// sets it.
	StatusForm string `json:"status_form"`
	// StatusWords are the two words: "Active/Disabled", "Enabled/Disabled", "active/inactive" or "ENABLED/DISABLED".
	StatusWords string `json:"status_words"`
	// ExpiredWord shows an expired token with the status word "Expired".
	ExpiredWord bool `json:"expired_word"`
	// HideStatus leaves the status out of records.
	HideStatus bool `json:"hide_status"`
	// TimeForm is how times are written: "iso_z", "iso_z_millis", "iso_offset", "iso_no_zone" (UTC), "epoch_seconds",
	// "epoch_millis" or "text" (as the web page would show it).
	TimeForm string `json:"time_form"`
	// NeverExpires is the expiry of a token without one: "null", "missing" or "empty" (an empty string).
	NeverExpires string `json:"never_expires"`
	// EmptyDescription is the description of a token without one: "null", "missing" or "empty" (an empty string).
	EmptyDescription string `json:"empty_description"`
	// HideDescription leaves the description out of all records.
	HideDescription bool `json:"hide_description"`
	// ListToken is what the member "token" of a record holds: "none" leaves it out, "masked" or "plain".
	ListToken string `json:"list_token"`

	// ListWrapper is where the records of a list stand: "bare" in an array, or in an object under "accessTokens",
	// "access_tokens", "tokens", "items", "data", "results" or "content".
	ListWrapper string `json:"list_wrapper"`
	// ListBroken answers lists that no client can trust: "no" does not, "empty_body", "no_content" (204), "null", "text",
	// "object" (records by ID), "unknown_key", "two_arrays", "no_id" or "item_is_text".
	ListBroken string `json:"list_broken"`
	// ListOrder is "oldest_first", "newest_first" or "shuffled" (another order in every answer).
	ListOrder string `json:"list_order"`
	// ListLag is how many lists of an account still answer as before, after every write to it.
	ListLag int `json:"list_lag"`
	// HideExpired drops expired tokens for good; otherwise they stay listed.
	HideExpired bool `json:"hide_expired"`
	// UnknownUser is the answer to the list of an account that does not exist: "404", "empty" (an empty list), "400" or "500".
	UnknownUser string `json:"unknown_user"`

	// TokenLifetime is how long the organization's new tokens live; 0 means that they never expire.
	TokenLifetime fakeapi.Duration `json:"token_lifetime"`
	// CreateStatus is the status of a create and of a rotation: 200 or 201.
	CreateStatus int `json:"create_status"`
	// CreateID adds the ID to the answers of create and rotate.
	CreateID bool `json:"create_id"`
	// RotateKeepsDescription gives the token of a rotation the description of the account's newest token.
	RotateKeepsDescription bool `json:"rotate_keeps_description"`
	// RotateKeepsStatus gives the token of a rotation the status of the account's newest token.
	RotateKeepsStatus bool `json:"rotate_keeps_status"`
	// WriteStatus is the status of a successful PUT or DELETE: 200 or 204.
	WriteStatus int `json:"write_status"`
	// WriteBody is the body of a successful PUT or DELETE unless its status is 204: "empty", "text" or "json".
	WriteBody string `json:"write_body"`
	// UnknownIDStatus is the status for a token ID that does not exist: 404, 400, 500 or 200.
	UnknownIDStatus int `json:"unknown_id_status"`
	// ClearDescription is what a PUT of an empty description does: it "clears", is "ignored" or is "refused".
	ClearDescription string `json:"clear_description"`
	// DeleteDescription is what DELETE on a description does, which only a slip in the vendor's page shows: it "clears" the
	// text or is "405". It never deletes a token.
	DeleteDescription string `json:"delete_description"`
	// DescriptionLimit cuts descriptions to this many characters; 0 never cuts.
	DescriptionLimit int `json:"description_limit"`
	// TrimDescription removes white space around descriptions.
	TrimDescription bool `json:"trim_description"`
	// Latin1 reads a description whose content type names no character set as ISO-8859-1 instead of UTF-8.
	Latin1 bool `json:"latin1"`
	// PlusIsSpace reads an unescaped plus sign in a path as a space.
	PlusIsSpace bool `json:"plus_is_space"`

	// SSO lets the login by e-mail address alone through.
	SSO bool `json:"sso"`
	// LoginRefusedStatus is the status of a refused login: 401, 400, 403 or 200.
	LoginRefusedStatus int `json:"login_refused_status"`
	// LockedStatus is the status of a login to a locked account: 401 or 403.
	LockedStatus int `json:"locked_status"`
	// LockKeepsTokens lets the tokens and sessions of a locked account go on working; only its password is refused.
	LockKeepsTokens bool `json:"lock_keeps_tokens"`
	// LoginCookie sets the session as a cookie too.
	LoginCookie bool `json:"login_cookie"`
	// SessionLifetime is how long a session lives; 0 means 12 hours, a negative duration for ever.
	SessionLifetime fakeapi.Duration `json:"session_lifetime"`
	// SingleSession ends the earlier sessions of a user at every login.
	SingleSession bool `json:"single_session"`
	// SessionsOutliveTokens lets a session go on after the token that opened it is disabled, expired or deleted.
	SessionsOutliveTokens bool `json:"sessions_outlive_tokens"`
	// NoSessionStatus is the status of a request without a valid session: 401 or 403.
	NoSessionStatus int `json:"no_session_status"`
	// ServiceAccountsManageOwn lets a service account that is no administrator change its own tokens.
	ServiceAccountsManageOwn bool `json:"service_accounts_manage_own"`
	// OpenVersion answers GET /version without a session too.
	OpenVersion bool `json:"open_version"`

	// ErrorForm is the body of an error: a JSON object with the text under "error", "message", "errorMessage" or "detail",
	// or plain "text", or an "html" page, or "empty".
	ErrorForm string `json:"error_form"`
	// WebApp answers paths outside the API with status 200 and the page of the web application, which shares the host.
	WebApp bool `json:"web_app"`

	// IgnoredDeletes is how many of the next deletes answer success and do nothing. Every hit counts down.
	IgnoredDeletes int `json:"ignored_deletes"`
	// FailingDeletes is how many of the next deletes are done and answer 500. Every hit counts down.
	FailingDeletes int `json:"failing_deletes"`
	// IgnoredUpdates is how many of the next PUTs answer success and do nothing. Every hit counts down.
	IgnoredUpdates int `json:"ignored_updates"`
	// FailingUpdates is how many of the next PUTs are done and answer 500. Every hit counts down.
	FailingUpdates int `json:"failing_updates"`
}
