package rest

import "sync"

// Memo is what readers remember about the items of a copy, so that not everyone has to find it out. Whoever locks it may use the rest.
type Memo struct {
	sync.Mutex
	values map[any]any
}

// Value is what was remembered by a key; nil for nothing. It may have been made when the items were fewer, but never when they were others.
func (m *Memo) Value(key any) any { return m.values[key] }

// Remember sets what is remembered by a key. What is no [Follower] is forgotten when an item is replaced or removed.
func (m *Memo) Remember(key, value any) {
	if m.values == nil {
		m.values = map[any]any{}
	}
	m.values[key] = value
}

// Follower is a value of a memo that is told when one of the items is replaced by another with its id, or removed. It is told while the memo is
// locked.
type Follower[T any] interface {
	Replaced(at int, was, is T)
	Removed(at int, was T)
}

// Follow returns the memo about items that differ by one from those of a memo. What can follow moves there: who has read the items before, and has
// their memo, begins again.
func Follow[T any](memo *Memo, tell func(Follower[T])) *Memo {
	next := &Memo{}
	memo.Lock()
	defer memo.Unlock()
	for key, value := range memo.values {
		if f, follows := value.(Follower[T]); follows {
			tell(f)
			next.Remember(key, value)
		}
	}
	memo.values = nil
	return next
}

// Memo returns the memo about items that were read; nil where the copy has others by now.
func (l *Lists[T]) Memo(key string, items []T) *Memo {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.cache(key)
	if len(items) == 0 || len(s.items) < len(items) || &items[0] != &s.items[0] {
		return nil
	}
	return s.memo
}
