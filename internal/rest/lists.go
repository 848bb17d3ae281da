package rest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// Lists keeps one list per key and run: the first reader fetches it, everybody else waits for that answer and picks from
// it, and what this process writes is worked into the copy. The key names whose list it is.
//
// A list that failed has failed for the run: asking ten more times would only delay the message and multiply it.
type Lists[T any] struct {
	// Now is the clock by which a copy ages; without it a copy is always recent.
	Now func() time.Time
	// ID is the id of an item, by which writes of single items know it; they need it.
	ID func(T) string
	// Sleep waits for a time, or until the context ends; without it a list waits for nobody who has announced himself.
	Sleep func(ctx context.Context, d time.Duration) error

	mu       sync.Mutex
	inFlight singleflight.Group
	caches   map[string]*cache[T]
}

type cache[T any] struct {
	rounds  rounds[T]
	fetched bool
	// begun is when the fetch began that items and err are from.
	begun time.Time
	// items only ever grow at their end where they are: who has read them keeps what was read. Every other change is made in a copy.
	items []T
	err   error
	// byID has the number of the first item of an id; nil until a write asks for it. hasTwins is set where several have one id.
	byID     map[string]int
	hasTwins bool
	numbers  Numbers
	// memo is what readers remember about items.
	memo *Memo
	// inFlight counts fetches under way; changes are those that happened meanwhile, and that a fetch which started
	// before them may have missed.
	inFlight int
	changes  []func([]T) []T
	// drops counts calls of Drop: a fetch that began before one is not kept after it.
	drops int
}

func (l *Lists[T]) cache(key string) *cache[T] {
	if l.caches == nil {
		l.caches = map[string]*cache[T]{}
	}
	if l.caches[key] == nil {
		l.caches[key] = &cache[T]{}
	}
	return l.caches[key]
}

// Get returns the list of a key, fetching it at most once. All readers share the slice: with thousands of them a copy for each
// would cost more than everything else. It must not be changed.
func (l *Lists[T]) Get(ctx context.Context, key string, fetch func(context.Context) ([]T, error)) ([]T, error) {
	list, err := l.get(ctx, key, fetch)
	return list.items, err
}

// dated are items, and when the fetch began that they are from.
type dated[T any] struct {
	items []T
	begun time.Time
}

func (l *Lists[T]) get(ctx context.Context, key string, fetch func(context.Context) ([]T, error)) (dated[T], error) {
	for {
		if list, ok, err := l.copied(key); ok {
			return list, err
		}
		own := false
		done := l.inFlight.DoChan(key, func() (any, error) {
			own = true
			// The fetch that everybody waited for may have ended since the look at the copy.
			if list, ok, err := l.copied(key); ok {
				return list, err
			}
			list, err := l.fetch(ctx, key, fetch, true)
			return list, err
		})
		select {
		case result := <-done:
			if result.Err != nil && !own && ctx.Err() == nil {
				// The fetch may have failed because the run of the caller who began it was stopped. If it has failed
				// for all, the copy says so.
				continue
			}
			list, _ := result.Val.(dated[T])
			return list, result.Err
		case <-ctx.Done():
			return dated[T]{}, ctx.Err()
		}
	}
}

// copied returns what is kept, and whether anything is.
func (l *Lists[T]) copied(key string) (list dated[T], ok bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.cache(key)
	return dated[T]{slices.Clip(s.items), s.begun}, s.fetched, s.err
}

// LookDelays are the pauses before each look at a list that may show late what was written. How long the vendors' lists lag is not
// documented.
func LookDelays() []time.Duration {
	return []time.Duration{0, time.Second / 2, 2 * time.Second, 4 * time.Second}
}

// settling is how long after its creation a list may not show an item yet. The vendors do not document it.
const settling = 2 * time.Minute

// IsSettling reports whether a list that lacks an item created at a moment, zero for one that is not known, may not show it yet.
func IsSettling(created, now time.Time) bool { return created.IsZero() || now.Sub(created) < settling }

// recent is how old a copy may be to compare a later list with: what others have added since would pass for new.
const recent = 5 * time.Second

// Recent returns the copy if its fetch began a moment before the call at most, by the clock of the lists, and asks again otherwise.
func (l *Lists[T]) Recent(ctx context.Context, key string, fetch func(context.Context) ([]T, error)) ([]T, error) {
	asked := l.now()
	list, err := l.get(ctx, key, fetch)
	if asked.Sub(list.begun).Abs() <= recent {
		return list.items, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return l.Refresh(ctx, key, fetch)
}

// now is the time by the clock of the lists; always the same without one.
func (l *Lists[T]) now() time.Time {
	if l.Now == nil {
		return time.Time{}
	}
	return l.Now()
}

// Refresh returns a list that is fetched after the call, and keeps it as the copy. Callers who wait at the same time share it. If it
// fails there is no copy any more, and the next reader asks again: something has just made the old one doubtful.
func (l *Lists[T]) Refresh(ctx context.Context, key string, fetch func(context.Context) ([]T, error)) ([]T, error) {
	l.mu.Lock()
	s := l.cache(key)
	l.mu.Unlock()
	return s.rounds.join(ctx, l.await, func(ctx context.Context) ([]T, error) {
		list, err := l.fetch(ctx, key, fetch, false)
		return list.items, err
	})
}

// awaiting is how long a list waits for those who have announced themselves: for longer than an answer takes most of the time, and for less
// than it would matter that somebody's is late.
const awaiting = time.Second

// Announce says that the caller is about to write something, and to look for it in the list of a key afterwards. A Refresh that others ask for
// meanwhile waits a moment for his, so that all who write at the same time look at one list. His own must get the context that is
// returned; he withdraws when he does not need it any more, which after it does nothing.
func (l *Lists[T]) Announce(ctx context.Context, key string) (announced context.Context, withdraw func()) {
	l.mu.Lock()
	s := l.cache(key)
	l.mu.Unlock()
	return s.rounds.announce(ctx)
}

// await waits until a channel is closed, or for a moment.
func (l *Lists[T]) await(ctx context.Context, arrived <-chan struct{}) {
	if l.Sleep == nil {
		return
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	late := make(chan struct{})
	go func() {
		defer close(late)
		_ = l.Sleep(ctx, awaiting)
	}()
	select {
	case <-arrived:
	case <-late:
	}
}

func (l *Lists[T]) fetch(ctx context.Context, key string, fetch func(context.Context) ([]T, error), rememberFailure bool) (dated[T], error) {
	begun := l.now()
	l.mu.Lock()
	s := l.cache(key)
	s.inFlight++
	seen, drops := len(s.changes), s.drops
	l.mu.Unlock()

	items, err := fetch(ctx)

	l.mu.Lock()
	defer l.mu.Unlock()
	s.inFlight--
	missed := s.changes[seen:]
	if s.inFlight == 0 {
		s.changes = nil
	}
	var e *Error
	if err != nil && (ctx.Err() != nil || errors.As(err, &e) && e.Kind == Interrupted) {
		return dated[T]{begun: begun}, err
	}
	for _, change := range missed {
		items = change(items)
	}
	if err != nil {
		items = nil
	}
	items = slices.Clip(items)
	if s.drops == drops {
		s.fetched, s.err, s.begun = err == nil || rememberFailure, err, begun
		s.replace(items)
	}
	return dated[T]{items, begun}, err
}

// replace puts other items in the place of the copy's.
func (s *cache[T]) replace(items []T) {
	s.items, s.memo = items, &Memo{}
	s.byID, s.hasTwins, s.numbers = nil, false, Numbers{}
}

// Drop forgets every copy, failed ones too.
func (l *Lists[T]) Drop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, s := range l.caches {
		s.fetched, s.err = false, nil
		s.replace(nil)
		s.drops++
		l.inFlight.Forget(key)
	}
}
