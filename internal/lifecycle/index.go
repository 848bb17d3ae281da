package lifecycle

import (
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// index finds rows of a list by what it has remembered of them. Everybody who reads that list shares it: with thousands of readers a walk for each
// would cost more than everything else. It follows when one row is replaced or removed.
type index[R any] struct {
	row func(R) Row
	// taken is how many rows have been taken in. The list may have grown at its end since, or be an earlier reader's, which is shorter.
	taken   int
	numbers rest.Numbers
	// byID has the number of the first row of an id, and byName those of all rows of a name, in their order.
	byID   map[string]int
	byName map[string][]int
	// prefixes are those of all names that a next generation may have, and of some that have gone.
	prefixes map[string]bool
}

// indexKey is what an index is remembered by.
type indexKey struct{}

// indexed does something with the index of a list, and reports whether there is one.
func (s Server[R]) indexed(all []R, do func(*index[R])) bool {
	var memo *rest.Memo
	if s.Memo != nil {
		memo = s.Memo(all)
	}
	if memo == nil {
		return false
	}
	memo.Lock()
	defer memo.Unlock()
	x, ok := memo.Value(indexKey{}).(*index[R])
	if !ok {
		x = &index[R]{row: s.Row, byID: make(map[string]int, len(all)), byName: map[string][]int{}, prefixes: map[string]bool{}}
		memo.Remember(indexKey{}, x)
	}
	for ; x.taken < len(all); x.taken++ {
		x.take(x.numbers.At(x.taken), s.Row(all[x.taken]))
	}
	do(x)
	return true
}

func (x *index[R]) take(number int, row Row) {
	if _, exists := x.byID[row.ID]; !exists {
		x.byID[row.ID] = number
	}
	numbers := x.byName[row.Name]
	at, _ := slices.BinarySearch(numbers, number)
	x.byName[row.Name] = slices.Insert(numbers, at, number)
	if prefix, isGenerated := rotation.Prefix(row.Name); isGenerated {
		x.prefixes[prefix] = true
	}
}

func (x *index[R]) lose(number int, row Row) {
	if x.byID[row.ID] == number {
		delete(x.byID, row.ID)
	}
	numbers := x.byName[row.Name]
	if len(numbers) == 1 {
		delete(x.byName, row.Name)
		return
	}
	at, _ := slices.BinarySearch(numbers, number)
	x.byName[row.Name] = slices.Delete(numbers, at, at+1)
}

// Replaced implements [rest.Follower].
func (x *index[R]) Replaced(at int, was, is R) {
	if at < x.taken {
		number := x.numbers.At(at)
		x.lose(number, x.row(was))
		x.take(number, x.row(is))
	}
}

// Removed implements [rest.Follower].
func (x *index[R]) Removed(at int, was R) {
	if at < x.taken {
		number := x.numbers.At(at)
		x.lose(number, x.row(was))
		x.numbers.Remove(number)
		x.taken--
	}
}

// byID returns the first row of an id; nil where there is none.
func (s Server[R]) byID(all []R, id string) *R {
	at, exists := 0, false
	isIndexed := s.indexed(all, func(x *index[R]) {
		if at, exists = x.byID[id]; exists {
			at = x.numbers.Position(at)
		}
	})
	if !isIndexed {
		at = slices.IndexFunc(all, func(r R) bool { return s.Row(r).ID == id })
		exists = at >= 0
	}
	if !exists || at >= len(all) {
		return nil
	}
	return &all[at]
}

// Named returns the rows of a name, in their order.
func (s Server[R]) Named(all []R, name string) []R {
	var rows []R
	take := func(at int) {
		if at < len(all) {
			rows = append(rows, all[at])
		}
	}
	isIndexed := s.indexed(all, func(x *index[R]) {
		for _, number := range x.byName[name] {
			take(x.numbers.Position(number))
		}
	})
	for at := range all {
		if !isIndexed && s.Row(all[at]).Name == name {
			take(at)
		}
	}
	return rows
}

// followers returns the rows whose names only the next generation of a series has, whatever its prefix. Names of one prefix cost one
// look together.
func (s Server[R]) followers(all []R, series string) []R {
	var names []string
	isIndexed := s.indexed(all, func(x *index[R]) {
		for prefix := range x.prefixes {
			if name := rotation.NextName(prefix, series); len(x.byName[name]) > 0 {
				names = append(names, name)
			}
		}
	})
	switch {
	case !isIndexed:
		return slices.DeleteFunc(slices.Clone(all), func(r R) bool { return !rotation.IsNextName(s.Row(r).Name, series) })
	case len(names) == 0:
		return nil
	case len(names) == 1:
		return s.Named(all, names[0])
	}
	return slices.DeleteFunc(slices.Clone(all), func(r R) bool { return !slices.Contains(names, s.Row(r).Name) })
}
