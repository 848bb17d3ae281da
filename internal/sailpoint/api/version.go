package api

// Version is a version of the API as the vendor's paths name it.
type Version string

// The versions that serve personal access tokens.
const (
	V1    Version = "v1"
	V2026 Version = "v2026"
	V2025 Version = "v2025"
	V2024 Version = "v2024"
	V3    Version = "v3"
	Beta  Version = "beta"
)

// Versions lists all versions, the newest contract first.
func Versions() []string {
	return []string{string(V1), string(V2026), string(V2025), string(V2024), string(V3), string(Beta)}
}

// PatchesExpiry reports whether the version has the newer contract: an expiration date without an upper bound that can be
// patched, and tokens that never expire once the caller acknowledges it. The older contract ends every token after six
// months at the latest, and its expiration date is fixed.
func (v Version) PatchesExpiry() bool {
	return v == V1 || v == V2026 || v == V2025
}

// collection is the path of the tokens. v1 is versioned per service, with the version behind the name; the years before it
// stand in front.
func (v Version) collection() string {
	if v == V1 {
		return "/personal-access-tokens/v1"
	}
	return "/" + string(v) + "/personal-access-tokens"
}

func (v Version) item() string { return v.collection() + "/{id}" }

// bulk is the path of the bulk update, which only v1 has.
func (v Version) bulk() string { return v.collection() + "/bulk-update" }
