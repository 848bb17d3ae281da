package fakeapi

import (
	"maps"
	"slices"
)

// Store keeps the objects of one kind in the order of their creation and remembers its latest write, so that a list can
// answer as the store was before it. Values are replaced, never changed in place. It is not safe for concurrent use: the
// emulator's own lock guards it together with the rules that it enforces.
type Store[T any] struct {
	order []string
	items map[string]T
	last  *write[T]
}

// write is what the latest change replaced.
type write[T any] struct {
	id string
	// index is where an object was added or deleted.
	index   int
	old     T
	existed bool
}

// Get returns the object with this ID.
func (s *Store[T]) Get(id string) (T, bool) {
	item, ok := s.items[id]
	return item, ok
}

// Put adds or replaces an object.
func (s *Store[T]) Put(id string, item T) {
	if s.items == nil {
		s.items = map[string]T{}
	}
	old, existed := s.items[id]
	s.last = &write[T]{id: id, old: old, existed: existed, index: len(s.order)}
	if !existed {
		s.order = append(s.order, id)
	}
	s.items[id] = item
}

// Touch replaces an existing object without counting as a write: for what the server moves by itself.
func (s *Store[T]) Touch(id string, item T) {
	if _, ok := s.items[id]; ok {
		s.items[id] = item
	}
}

// Delete removes an object and tells whether there was one.
func (s *Store[T]) Delete(id string) bool {
	old, existed := s.items[id]
	if !existed {
		return false
	}
	index := slices.Index(s.order, id)
	s.last = &write[T]{id: id, old: old, existed: true, index: index}
	s.order = slices.Delete(s.order, index, index+1)
	delete(s.items, id)
	return true
}

// All returns every object in the order of creation.
func (s *Store[T]) All() []T {
	return collect(s.order, s.items)
}

// Stale returns every object as it was before the latest write.
func (s *Store[T]) Stale() []T {
	if s.last == nil {
		return s.All()
	}
	order, items := slices.Clone(s.order), maps.Clone(s.items)
	_, exists := items[s.last.id]
	switch {
	case s.last.existed && exists:
		items[s.last.id] = s.last.old
	case s.last.existed:
		items[s.last.id] = s.last.old
		order = slices.Insert(order, s.last.index, s.last.id)
	default:
		order = slices.Delete(order, s.last.index, s.last.index+1)
		delete(items, s.last.id)
	}
	return collect(order, items)
}

// List returns what a list route may see: the stale state when a lagging list is ordered for this request.
func (s *Store[T]) List(lagging bool) []T {
	if lagging {
		return s.Stale()
	}
	return s.All()
}

func collect[T any](order []string, items map[string]T) []T {
	all := make([]T, 0, len(order))
	for _, id := range order {
		all = append(all, items[id])
	}
	return all
}
