package rest

import "slices"

// Change works a write of this process into the copy. It may be applied to a list that holds the change already, so it must
// come out the same the second time. Without a copy, and with no fetch under way, there is nothing to do.
func (l *Lists[T]) Change(key string, change func([]T) []T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cache(key).change(change)
}

func (s *cache[T]) change(change func([]T) []T) {
	s.tellFetches(change)
	if s.isThere() {
		s.replace(change(slices.Clone(s.items)))
	}
}

// isThere reports whether there is a copy.
func (s *cache[T]) isThere() bool { return s.fetched && s.err == nil }

// tellFetches has a change worked into the lists that are being fetched, too.
func (s *cache[T]) tellFetches(change func([]T) []T) {
	if s.inFlight > 0 {
		s.changes = append(s.changes, change)
	}
}

// Put works a written item into the copy: in the place of the first with its id, or else at the end, which costs the same however long
// the list is.
func (l *Lists[T]) Put(key string, item T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put(l.cache(key), item, true)
}

// Replace works a written item into every copy that has one with its id.
func (l *Lists[T]) Replace(item T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.caches {
		l.put(s, item, false)
	}
}

func (l *Lists[T]) put(s *cache[T], item T, isAdded bool) {
	id := l.ID(item)
	s.tellFetches(func(items []T) []T {
		at := slices.IndexFunc(items, func(t T) bool { return l.ID(t) == id })
		switch {
		case at >= 0:
			items[at] = item
		case isAdded:
			items = append(items, item)
		}
		return items
	})
	if !s.isThere() {
		return
	}
	number, exists := l.number(s, id)
	switch {
	case exists:
		at := s.numbers.Position(number)
		was, items := s.items[at], slices.Clone(s.items)
		items[at] = item
		s.follow(items, func(f Follower[T]) { f.Replaced(at, was, item) })
	case isAdded:
		s.byID[id] = s.numbers.At(len(s.items))
		s.items = append(s.items, item)
	}
}

// Remove works the deletion of an item into the copy.
func (l *Lists[T]) Remove(key, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(l.cache(key), id)
}

// RemoveAll works the deletion of an item into every copy.
func (l *Lists[T]) RemoveAll(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.caches {
		l.remove(s, id)
	}
}

func (l *Lists[T]) remove(s *cache[T], id string) {
	without := func(items []T) []T { return slices.DeleteFunc(items, func(t T) bool { return l.ID(t) == id }) }
	number, exists := l.number(s, id)
	if s.hasTwins {
		s.change(without)
		return
	}
	s.tellFetches(without)
	if !exists {
		return
	}
	at := s.numbers.Position(number)
	was := s.items[at]
	delete(s.byID, id)
	s.numbers.Remove(number)
	s.follow(slices.Concat(s.items[:at], s.items[at+1:]), func(f Follower[T]) { f.Removed(at, was) })
}

// number is that of the first item of an id.
func (l *Lists[T]) number(s *cache[T], id string) (number int, exists bool) {
	if s.byID == nil {
		s.byID = make(map[string]int, len(s.items))
		for at, item := range s.items {
			if _, isTwin := s.byID[l.ID(item)]; isTwin {
				s.hasTwins = true
				continue
			}
			s.byID[l.ID(item)] = at
		}
	}
	number, exists = s.byID[id]
	return number, exists
}

// follow puts items that differ by one in the place of the copy's, and has what is remembered about them follow.
func (s *cache[T]) follow(items []T, tell func(Follower[T])) {
	s.items, s.memo = items, Follow(s.memo, tell)
}
