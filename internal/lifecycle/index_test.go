package lifecycle_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// TestIndex finds in every version of a list what that version has: after it has grown, after a row was replaced or removed, and where two
// rows have one id.
func TestIndex(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Add(toyToken{Name: "a"})
	client := newToyClient(w.toyServer, &protocoltest.Network{})
	server := toyLists(client, "", nil)
	mustFind := func(all []toyToken, id, want string) {
		t.Helper()
		row, err := server.Pick(all, id, "", nil)
		if err != nil || (row == nil) != (want == "") || row != nil && row.Name != want {
			t.Errorf("%s is %v instead of %q: %v", id, row, want, err)
		}
	}
	read := func() []toyToken {
		t.Helper()
		all, err := server.List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	first := read()
	mustFind(first, "t1", "a")
	client.lists.Put("", toyToken{ID: "new", Name: "b"})
	grown := read()
	mustFind(grown, "new", "b")
	mustFind(first, "new", "")
	client.lists.Put("", toyToken{ID: "t1", Name: "renamed"})
	mustFind(read(), "t1", "renamed")
	mustFind(grown, "t1", "a")
	client.lists.Remove("", "t1")
	mustFind(read(), "t1", "")
	mustFind(read(), "new", "b")
	client.lists.Change("", func(all []toyToken) []toyToken { return append(all, toyToken{ID: "new", Name: "again"}) })
	mustFind(read(), "new", "b")
	client.lists.Drop()
	mustFind(read(), "t1", "a")
}

// TestIndex_follows: after any writes the index finds what a walk through the list finds, by ids and by names, in the newest list and in one that was
// read before. Names are shared, and so it is seen whether their rows are in order.
func TestIndex_follows(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	w := newToy(t, named)
	for i := range 20 {
		w.Add(toyToken{Name: fmt.Sprint("n", i%5)})
	}
	client := newToyClient(w.toyServer, &protocoltest.Network{})
	indexed := toyLists(client, "", nil)
	walking := indexed
	walking.Memo = nil
	compare := func(all []toyToken, id, name string) {
		t.Helper()
		got, gotErr := indexed.Pick(all, id, name, nil)
		want, wantErr := walking.Pick(all, id, name, nil)
		if (got == nil) != (want == nil) || got != nil && got != want || fmt.Sprint(gotErr) != fmt.Sprint(wantErr) {
			t.Fatalf("%s%s in %d rows: the index finds %v (%v) instead of %v (%v)", id, name, len(all), got, gotErr, want, wantErr)
		}
	}
	var all, before []toyToken
	for step := range 400 {
		before = all
		var err error
		if all, err = indexed.List(t.Context()); err != nil {
			t.Fatal(err)
		}
		// Sometimes several writes come before a look-up.
		if random.IntN(3) > 0 {
			for i := range 5 {
				compare(all, "", fmt.Sprint("n", i))
				compare(before, "", fmt.Sprint("n", i))
			}
			for _, row := range before {
				compare(all, row.ID, "")
				compare(before, row.ID, "")
			}
		}
		id := fmt.Sprint("new", step)
		if len(all) > 0 && random.IntN(3) > 0 {
			id = all[random.IntN(len(all))].ID
		}
		if random.IntN(2) > 0 {
			client.lists.Put("", toyToken{ID: id, Name: fmt.Sprint("n", random.IntN(5))})
		} else {
			client.lists.Remove("", id)
		}
	}
}
