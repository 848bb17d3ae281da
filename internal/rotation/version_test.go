package rotation_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestNextVersion: a version is the time of the mint, and more than the previous one whatever the clock says.
func TestNextVersion(t *testing.T) {
	t.Parallel()
	now := noon().Unix()
	for name, c := range map[string]struct {
		previous types.Int64
		want     int64
	}{
		"none": {types.Int64Null(), now}, "not known": {types.Int64Unknown(), now}, "long ago": {types.Int64Value(1), now}, "a second ago": {types.Int64Value(now - 1), now},
		"in the same second": {types.Int64Value(now), now + 1}, "the clock was set back": {types.Int64Value(now + 100), now + 101},
	} {
		if got := rotation.NextVersion(c.previous, noon().Add(999*time.Millisecond)); got != types.Int64Value(c.want) {
			t.Errorf("%s: %s, want %d", name, got, c.want)
		}
	}
}

// TestFillVersion: only a token without a version gets one.
func TestFillVersion(t *testing.T) {
	t.Parallel()
	want := types.Int64Value(noon().Unix())
	version := types.Int64Null()
	for _, minted := range []time.Time{noon(), noon(), noon().Add(time.Hour)} {
		if version = rotation.FillVersion(version, minted); version != want {
			t.Error(version)
		}
	}
}

// TestRecordMinted: what is remembered of the mint counts before the server's word, and that before when a refresh first saw the token.
func TestRecordMinted(t *testing.T) {
	t.Parallel()
	for _, minted := range []*time.Time{nil, at(2)} {
		for _, seen := range []*time.Time{nil, at(3)} {
			for _, created := range []*time.Time{nil, at(1)} {
				record := rotation.Record{MintedAt: minted, FirstSeen: seen}
				record.NoteSeen(created, *at(4))
				want := at(4)
				for _, one := range []*time.Time{seen, created, minted} {
					if one != nil {
						want = one
					}
				}
				if got := record.Minted(created); got == nil || !got.Equal(*want) {
					t.Errorf("created %v, minted %v, seen %v: %v, want %v", created, minted, seen, got, want)
				}
				if isNoted := record.FirstSeen != seen; isNoted != (created == nil && minted == nil && seen == nil) {
					t.Errorf("created %v, minted %v, seen %v: noted %t", created, minted, seen, isNoted)
				}
			}
		}
	}
}
