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
	record.Remember("ends", rotation.Earlier{Name: "the-name", Expiry: &end, Hidden: true})
	record.Hide("never")
	if len(before.Earlier) != 0 {
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
	if next.EarlierExpired("ends", now) || !next.EarlierExpired("ends", end) || next.EarlierExpired("never", end) {
		t.Error("expired at another time")
	}
	if planned := (rotation.Previous{}).Plan(next); planned.PreviousRevokedAfter.IsUnknown() {
		t.Error("a revocation is planned that cannot be carried out")
	}
	if next.Call("ends") != "the-name (ends)" || next.Call("never") != "never" {
		t.Errorf("they are called %s and %s", next.Call("ends"), next.Call("never"))
	}
	next.Unhide("never")
	if planned := (rotation.Previous{}).Plan(next); !planned.PreviousRevokedAfter.IsUnknown() {
		t.Error("no revocation is planned")
	}
	if !read.IsHidden("never") {
		t.Error("a copy has changed")
	}
}
