package rest_test

import (
	"context"
	"slices"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// TestListsPut: a written item takes the place of the first with its id, or the end, and who has read the list before keeps what was read.
func TestListsPut(t *testing.T) {
	t.Parallel()
	// An item is its id and a version.
	lists := rest.Lists[string]{ID: func(item string) string { return item[:1] }}
	rows := []string{"a1", "b1", "b2"}
	fetch := func(context.Context) ([]string, error) { return rows, nil }
	read := func() []string {
		t.Helper()
		items, err := lists.Get(t.Context(), "k", fetch)
		if err != nil {
			t.Fatal(err)
		}
		return items
	}
	lists.Put("k", "x1")
	first := read()
	memo := lists.Memo("k", first)
	if memo == nil || lists.Memo("k", slices.Clone(first)) != nil || lists.Memo("k", nil) != nil || lists.Memo("other", first) != nil {
		t.Error("a memo belongs to the items that were read, and to no others")
	}
	lists.Put("k", "c1")
	lists.Put("k", "d1")
	grown := read()
	lists.Put("k", "b3")
	replaced := read()
	lists.Put("k", "d2")
	lists.Remove("k", "b")
	lists.Put("k", "b4")
	for _, c := range []struct {
		got, want []string
	}{
		{first, []string{"a1", "b1", "b2"}},
		{grown, []string{"a1", "b1", "b2", "c1", "d1"}},
		{replaced, []string{"a1", "b3", "b2", "c1", "d1"}},
		{read(), []string{"a1", "c1", "d2", "b4"}},
	} {
		if !slices.Equal(c.got, c.want) {
			t.Errorf("got %v instead of %v", c.got, c.want)
		}
	}
	if lists.Memo("k", grown) != nil || lists.Memo("k", first) != nil {
		t.Error("a copy that was changed has the memo of the items before")
	}
	rows = []string{"e1"}
	lists.Drop()
	if lists.Put("k", "f1"); !slices.Equal(read(), rows) {
		t.Errorf("after a drop the list is %v", read())
	}
}
