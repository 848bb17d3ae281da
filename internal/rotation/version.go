package rotation

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// NextVersion is the secret_version of a token that is minted at a moment: Unix seconds, and more than the version of the token whose
// place it takes, which is null where there is none. Two mints within a second, and a clock that is set back, must not hide one of them.
func NextVersion(previous types.Int64, minted time.Time) types.Int64 {
	return types.Int64Value(max(previous.ValueInt64()+1, minted.Unix()))
}

// FillVersion is the version of a token that may have none, because it was imported or minted by an older version of the provider. From then
// on only a mint changes it.
func FillVersion(version types.Int64, minted time.Time) types.Int64 {
	if version.IsNull() {
		return types.Int64Value(minted.Unix())
	}
	return version
}
