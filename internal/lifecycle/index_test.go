package lifecycle_test

import (
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
