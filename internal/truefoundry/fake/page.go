package fake

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const (
	defaultLimit = 100
	maxLimit     = 1000
)

// Page is a list answer that is about to be sent.
type Page struct {
	// Collection is the path of the list.
	Collection string
	Offset     int
	Limit      int
	// Rows is how many the page holds, Total how many match.
	Rows  int
	Total int
}

// AfterPage sets a hook that runs after every list page is decided and before it is sent, and so always between two page
// requests of a client. It may use every method of the server. nil takes it away.
func (s *Server) AfterPage(hook func(Page)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.afterPage = hook
}

// paginate answers one page of items.
func paginate[T any](s *Server, c *call, collection string, items []T, show func(T) any) (int, any, *problem) {
	query := c.r.URL.Query()
	limit, refused := wholeNumber(query, "limit", defaultLimit, 1, maxLimit)
	if refused != nil {
		return 0, nil, refused
	}
	offset, refused := wholeNumber(query, "offset", 0, 0, 1<<31)
	if refused != nil {
		return 0, nil, refused
	}
	if s.switches.PageCap > 0 {
		limit = min(limit, s.switches.PageCap)
	}
	if s.switches.NewestFirst {
		slices.Reverse(items)
	}
	data := []any{}
	for _, item := range items[min(offset, len(items)):min(offset+limit, len(items))] {
		data = append(data, show(item))
	}
	c.page = &Page{Collection: collection, Offset: offset, Limit: limit, Rows: len(data), Total: len(items)}
	pagination := map[string]any{"total": len(items)}
	if !s.switches.BarePagination {
		pagination["offset"], pagination["limit"] = offset, limit
	}
	return http.StatusOK, map[string]any{"data": data, "pagination": pagination}, nil
}

func wholeNumber(query url.Values, name string, absent, low, high int) (int, *problem) {
	text := query.Get(name)
	if text == "" {
		return absent, nil
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < low || value > high {
		return 0, bad("%s must be a whole number between %d and %d", name, low, high)
	}
	return value, nil
}
