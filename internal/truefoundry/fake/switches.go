package fake

import "github.com/tokenmint/terraform-provider-mint/internal/fakeapi"

// Switches decide what the vendor's pages leave open or contradict, and what older control planes do differently. The
// zero value is the current control plane in the most literal reading of the documentation. [Older] is a preset.
type Switches struct {
	// Rows is the shape of rows: "current" (default), "named" (an older model: with a top-level name and createdBy, without
	// lastAccessedAt and tokenType in jwts) or "page" (only what the page "List Personal Access Tokens" shows).
	Rows string `json:"rows"`
	// PATManifest is the type of the manifest in rows of personal access tokens: "pat" (default) or "virtual-account".
	PATManifest string `json:"pat_manifest"`
	// HideJWTs leaves jwts out of rows: "never" (default), "list" or "always".
	HideJWTs string `json:"hide_jwts"`
	// KeepDeadJWTs keeps a token in jwts after its expiry or its grace period.
	KeepDeadJWTs bool `json:"keep_dead_jwts"`
	// ExtraKeys adds keys that no page documents to envelopes, rows and manifests.
	ExtraKeys bool `json:"extra_keys"`
	// CreatedBy is the shape of createdBySubject: "full" (default), "minimal" (ID and type) or "nulls" (the others null).
	CreatedBy string `json:"created_by"`

	// Permissions tells whether a manifest must hold permissions: "optional" (default: none, or a list that is not empty), "required"
	// (a list, which may be empty) or "not_empty" (a list that is not).
	Permissions string `json:"permissions"`
	// PermissionsEcho is what a manifest in an answer holds as permissions: what was sent in "as_sent" (default), nothing in
	// "hidden", every grant in effect in "grants". Leaving permissions out never revokes a grant.
	PermissionsEcho string `json:"permissions_echo"`

	// NameMax is the length limit of names; 0 means 36. Older control planes have 25.
	NameMax int `json:"name_max"`
	// TokenType is the type of tokens that ask for none: "jwt" (default) or "opaque".
	TokenType string `json:"token_type"`
	// OldFields is what becomes of request fields that older control planes do not know (token type, tags, team and account
	// of a personal access token, identity provider mapping): "known" (default), "refused" or "ignored".
	OldFields string `json:"old_fields"`
	// OldFilters ignores the list filters that older control planes do not know: all but nameSearchQuery of virtual accounts.
	OldFilters bool `json:"old_filters"`
	// HideNewRoutes answers 404 for the routes that only the newest pages document: create for a user, and the token of a
	// personal access token.
	HideNewRoutes bool `json:"hide_new_routes"`

	// PATTeamRequired refuses a personal access token without a team, or of the team "everyone".
	PATTeamRequired bool `json:"pat_team_required"`
	// PATMaxAgeDays caps the age of personal access tokens; 0 is no cap.
	PATMaxAgeDays int `json:"pat_max_age_days"`
	// PATMaxAgeRefuses refuses a date beyond the cap, and a missing one, instead of imposing the latest one.
	PATMaxAgeRefuses bool `json:"pat_max_age_refuses"`
	// PATExpirationInput is the accepted form of expirationDate: "any" (default), "date_time" (no bare date) or "minutes".
	PATExpirationInput string `json:"pat_expiration_input"`
	// PATExpirationEcho is the form of expiration_date in rows: "as_sent" (default), "instant", "minutes" or "date".
	PATExpirationEcho string `json:"pat_expiration_echo"`
	// PATNames is where a name is unique: per "user" (default) or in the "tenant".
	PATNames string `json:"pat_names"`
	// PATSecretAgain is what get-or-create answers as token of an existing one: "same" (default), "fresh" (a new secret, the
	// old one dies) or "empty".
	PATSecretAgain string `json:"pat_secret_again"`
	// PATRetrieval is the tenant's setting that lets the token of a personal access token be read after its creation.
	PATRetrieval bool `json:"pat_retrieval"`
	// PATByPATStatus is the status with which a caller who authenticates with a personal access token is refused to create one, for
	// themself and for others: 400, 401 or 403; 0 (default) allows it, as older control planes do.
	PATByPATStatus int `json:"pat_by_pat_status"`
	// PATList is whose personal access tokens a list holds: the caller's "own" (default), also those that the caller has "made" for
	// others or, for an administrator, those of the whole "tenant".
	PATList string `json:"pat_list"`
	// AccountPATList is what a virtual account, which can own none, gets for the list of its own ones: it is "refused" (default), or
	// the list is "empty".
	AccountPATList string `json:"account_pat_list"`
	// ForUserCreator is whom rows name as the creator of a token that was made for another user: the "caller" (default) or the "owner".
	ForUserCreator string `json:"for_user_creator"`
	// KeepPATsOfOthers answers 404 to an administrator who deletes another user's token.
	KeepPATsOfOthers bool `json:"keep_pats_of_others"`
	// HideExpiredPATs drops expired personal access tokens for good; otherwise they stay listed.
	HideExpiredPATs bool `json:"hide_expired_pats"`

	// AccountPlane is which contract of virtual accounts is spoken: "newer" (default: grace periods in minutes, the route exists, a sync
	// with force, two forms of secret_store_config, no new token for an account with an identity provider mapping) or "older" (grace
	// periods in days, and none of these).
	AccountPlane string `json:"account_plane"`
	// GraceMismatch is what becomes of a grace period in the unit of the other contract: it is "refused" (default), or "ignored": then
	// the period that is missing counts as 0.
	GraceMismatch string `json:"grace_mismatch"`
	// GraceStatus is the status for a body of regenerate-token that fails validation: 400 or 422; 0 is 422 on newer planes, which
	// declare it, and 400 on older ones.
	GraceStatus int `json:"grace_status"`
	// BareStores lets newer planes take the old form of secret_store_config without a type.
	BareStores bool `json:"bare_stores"`
	// HideForeignAccounts leaves out of lists, and of reads by an ID, what the caller may manage without being an administrator, but has
	// neither made nor shares a team with.
	HideForeignAccounts bool `json:"hide_foreign_accounts"`
	// OpaqueTokens tells whether the token route shows an opaque token: never after its creation in "once" (default), as long as it is
	// active in "again".
	OpaqueTokens string `json:"opaque_tokens"`

	// AccountTokenDays ends every token of a virtual account so many days after it was issued, whatever the manifest says; 0 ends
	// none. An issued token always has an expiry, and what that is without an expiration_date is not documented.
	AccountTokenDays int `json:"account_token_days"`
	// Day is the moment that an expiration day means: its "start" (default) or its "end", in UTC.
	Day string `json:"day"`
	// AcceptPast accepts an expiration in the past.
	AcceptPast bool `json:"accept_past"`
	// ExpirationEcho is the form of a virtual account's expiration_date in answers: "date" (default) or "instant".
	ExpirationEcho string `json:"expiration_echo"`
	// ExpirationEdit is what a changed expiration_date does to the active token: its expiry "moves" (default), "keeps", or
	// the change "reissues": a new token replaces it at once.
	ExpirationEdit string `json:"expiration_edit"`
	// AutoRotateFrozen refuses a change of auto_rotate after creation.
	AutoRotateFrozen bool `json:"auto_rotate_frozen"`
	// OmittedFields is what an update does to optional fields that it leaves out: "cleared" (default) or "kept".
	OmittedFields string `json:"omitted_fields"`
	// ManifestStatus is the status for a manifest that fails validation: 422 (default) or 400.
	ManifestStatus int `json:"manifest_status"`
	// CreatedStatus is the status of creates: 200 (default) or 201.
	CreatedStatus int `json:"created_status"`
	// NullToken answers "token": null instead of leaving the token out.
	NullToken bool `json:"null_token"`
	// GetReturnsToken lets GET on a virtual account hold the token.
	GetReturnsToken bool `json:"get_returns_token"`
	// OpaqueTokenStatus is how the token route refuses an opaque token: 404 (default), 403 or 400.
	OpaqueTokenStatus int `json:"opaque_token_status"`
	// RegenerateAnswer is what regenerate-token answers: "token" (default) or "account" (the account next to the token).
	RegenerateAnswer string `json:"regenerate_answer"`
	// ActiveJWTDelete is what deleting the active token does: jwtId becomes null in "clear" (default), still names the
	// deleted one in "stale"; "refused" answers 400.
	ActiveJWTDelete string `json:"active_jwt_delete"`
	// SyncError is the error text of every sync to a secret store; empty lets it succeed.
	SyncError string `json:"sync_error"`

	// NewestFirst lists the newest rows first.
	NewestFirst bool `json:"newest_first"`
	// PageCap silently cuts pages to this many rows; 0 never cuts.
	PageCap int `json:"page_cap"`
	// BarePagination leaves offset and limit out of pagination.
	BarePagination bool `json:"bare_pagination"`
	// ErrorBody is the shape of errors: "full" (default: code as a string, details), "numeric" (code as a number, details) or
	// "bare" (status and message).
	ErrorBody string `json:"error_body"`
	// RateLimit is how many requests a credential may send per RateWindow; 0 is no limit: none is documented.
	RateLimit int `json:"rate_limit"`
	// RateWindow is the window of RateLimit; 0 means 10 s. It follows real time, not the clock.
	RateWindow fakeapi.Duration `json:"rate_window"`
	// RateHeader tells when to come back: "retry_after" (default), "reset" (X-RateLimit-Reset) or "none".
	RateHeader string `json:"rate_header"`
}

// Newer returns the switches of a control plane as of SDK v0.6.0, as far as they are about personal access tokens.
func Newer() Switches { return Switches{PATByPATStatus: 403} }

// Older returns the switches of a self-hosted control plane that lags behind the current documentation.
func Older() Switches {
	return Switches{
		Rows: "page", PATManifest: "virtual-account", PATExpirationEcho: "date", Permissions: "required", NameMax: 25,
		OldFields: "refused", OldFilters: true, HideNewRoutes: true, AccountPlane: "older",
	}
}
