package lifecycle

import (
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// index finds rows of one version of a list. Everybody who reads that version shares it: with thousands of readers a walk for each
// would cost more than everything else.
type index[R any] struct {
	// rows are those that have been taken in. The list may have grown at its end since, or be an earlier reader's, which is shorter.
	rows []R
	// byID has the position of the first row of an id, and byName those of all rows of a name.
	byID   map[string]int
	byName map[string][]int
	// prefixes are those of all names that a next generation may have.
	prefixes map[string]bool
}

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
	x, ok := memo.Value.(*index[R])
	if !ok || &x.rows[0] != &all[0] {
		x = &index[R]{byID: make(map[string]int, len(all)), byName: map[string][]int{}, prefixes: map[string]bool{}}
		memo.Value = x
	}
	x.extend(s, all)
	do(x)
	return true
}

// extend takes in the rows at the end of a list that are new.
func (x *index[R]) extend(s Server[R], all []R) {
	if len(all) <= len(x.rows) {
		return
	}
	for at := len(x.rows); at < len(all); at++ {
		row := s.Row(all[at])
		if _, exists := x.byID[row.ID]; !exists {
			x.byID[row.ID] = at
		}
		x.byName[row.Name] = append(x.byName[row.Name], at)
		if prefix, isGenerated := rotation.Prefix(row.Name); isGenerated {
			x.prefixes[prefix] = true
		}
	}
	x.rows = all
}

// byID returns the first row of an id; nil where there is none.
func (s Server[R]) byID(all []R, id string) *R {
	at, exists := 0, false
	if !s.indexed(all, func(x *index[R]) { at, exists = x.byID[id] }) {
		at = slices.IndexFunc(all, func(r R) bool { return s.Row(r).ID == id })
		exists = at >= 0
	}
	if !exists || at >= len(all) {
		return nil
	}
	return &all[at]
}

// named returns the rows of a name, in their order.
func (s Server[R]) named(all []R, name string) []R {
	var rows []R
	take := func(at int) {
		if at < len(all) {
			rows = append(rows, all[at])
		}
	}
	isIndexed := s.indexed(all, func(x *index[R]) {
		for _, at := range x.byName[name] {
			take(at)
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
		return s.named(all, names[0])
	}
	return slices.DeleteFunc(slices.Clone(all), func(r R) bool { return !slices.Contains(names, s.Row(r).Name) })
}
