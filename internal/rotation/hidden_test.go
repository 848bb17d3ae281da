package rotation_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// TestHidden keeps what no list shows pending without planning its revocation, until it has expired or a list shows it.
func TestHidden(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)
	end := now.Add(time.Hour)
	record := rotation.Record{Pending: []string{"ends", "never"}}
	before := record.Next()
	record.Hide("ends", &end)
	record.Hide("never", nil)
	if len(before.Hidden) != 0 {
		t.Error("a copy has changed")
	}
	p := private{}
	if diags := record.Save(t.Context(), p); len(diags) > 0 {
		t.Fatal(diags)
	}
	read, _ := rotation.LoadRecord(t.Context(), p)
	next := read.Next()
	for id, want := range map[string]bool{"ends": true, "never": true, "other": false} {
		if next.IsHidden(id) != want {
			t.Errorf("%s is hidden: %t", id, !want)
		}
	}
	if next.HiddenExpired("ends", now) || !next.HiddenExpired("ends", end) || next.HiddenExpired("never", end) {
		t.Error("expired at another time")
	}
	if planned := (rotation.Previous{}).Plan(next); planned.PreviousRevokedAfter.IsUnknown() {
		t.Error("a revocation is planned that cannot be carried out")
	}
	next.Unhide("never")
	if planned := (rotation.Previous{}).Plan(next); !planned.PreviousRevokedAfter.IsUnknown() {
		t.Error("no revocation is planned")
	}
	if !read.IsHidden("never") {
		t.Error("a copy has changed")
	}
}
