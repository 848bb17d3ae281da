package rest_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// TestListsPut_duringFetch: a fetch that began before a write may have missed it, or may hold it already; then it is not there twice.
func TestListsPut_duringFetch(t *testing.T) {
	t.Parallel()
	for _, fresh := range []string{"b1", "", "b0"} {
		synctest.Test(t, func(t *testing.T) {
			lists := rest.Lists[string]{ID: func(item string) string { return item[:1] }}
			s := &shop{items: []string{"a1"}}
			if fresh != "" {
				s.items = append(s.items, fresh)
			}
			var all sync.WaitGroup
			all.Go(func() { _, _ = lists.Get(t.Context(), "k", s.fetch) })
			time.Sleep(time.Second / 2)
			lists.Put("k", "b1")
			all.Wait()
			expect(t, &lists, s, 1, "a1", "b1")
		})
	}
}

// TestListsReplace: a written item takes the place of the one with its id in every copy that has one, and a removed one leaves every copy, also one that
// is being fetched; twins leave together.
func TestListsReplace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		lists := rest.Lists[string]{ID: func(item string) string { return item[:1] }}
		shops := map[string]*shop{"k": {items: []string{"a1", "b1", "c1"}}, "lacks it": {items: []string{"c1"}}, "twins": {items: []string{"a1", "b1", "b1", "c1"}}}
		mustShow := func(key string, want ...string) {
			t.Helper()
			if got, err := lists.Get(t.Context(), key, shops[key].fetch); err != nil || !slices.Equal(got, want) || shops[key].fetches != 1 {
				t.Errorf("%s: %d fetches, got %q, want %q: %v", key, shops[key].fetches, got, want, err)
			}
		}
		mustShow("lacks it", "c1")
		mustShow("twins", "a1", "b1", "b1", "c1")
		var all sync.WaitGroup
		all.Go(func() { mustShow("k", "a2", "c1") })
		time.Sleep(time.Second / 2)
		lists.Replace("a2")
		lists.RemoveAll("b")
		all.Wait()
		for range 2 {
			mustShow("k", "a2", "c1")
			mustShow("lacks it", "c1")
			mustShow("twins", "a2", "c1")
			lists.Replace("a2")
			lists.RemoveAll("b")
		}
	})
}
