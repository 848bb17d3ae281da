package api

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

const (
	// pageSize is the largest that the vendor's pages allow. The default was 10 once and is 100 now, so it is always sent.
	pageSize = 1000
	// pagingTries bounds how often a list is begun whose rows move while it is read.
	pagingTries = 5
	// pageLimit bounds a list that never ends: a control plane that cuts pages to the old default of 10 rows shows 9000 rows in as many,
	// and one that sends the largest pages meets the bound of rows first.
	pageLimit = 1000
)

// collection is one list of the control plane: the run's one copy of it, and the answers to filtered requests.
type collection struct {
	key, route string
	whole      rest.Lists[ServiceAccount]
	filtered   rest.Lists[ServiceAccount]
}

// get returns the run's one list.
func (l *collection) get(ctx context.Context, c *Client) ([]ServiceAccount, error) {
	return l.whole.Get(ctx, l.key, func(ctx context.Context) ([]ServiceAccount, error) { return c.list(ctx, l.route, nil) })
}

// recent returns the run's one list, or a new one if that was begun too long ago for what depends on it.
func (l *collection) recent(ctx context.Context, c *Client) ([]ServiceAccount, error) {
	return l.whole.Recent(ctx, l.key, func(ctx context.Context) ([]ServiceAccount, error) { return c.list(ctx, l.route, nil) })
}

// refresh returns a list that is begun after the call. Callers who wait at the same time share it.
func (l *collection) refresh(ctx context.Context, c *Client) ([]ServiceAccount, error) {
	return l.whole.Refresh(ctx, l.key, func(ctx context.Context) ([]ServiceAccount, error) { return c.list(ctx, l.route, nil) })
}

// search returns what the control plane selects; the same question is asked once.
func (l *collection) search(ctx context.Context, c *Client, query url.Values) ([]ServiceAccount, error) {
	return l.filtered.Get(ctx, l.key+"?"+query.Encode(), func(ctx context.Context) ([]ServiceAccount, error) { return c.list(ctx, l.route, query) })
}

// memo is what is remembered about the run's one list; nil where that has changed since it was read.
func (l *collection) memo(all []ServiceAccount) *rest.Memo { return l.whole.Memo(l.key, all) }

// wrote works a row that this process has written, or read again, into the copy.
func (l *collection) wrote(row ServiceAccount) {
	l.filtered.Drop()
	l.whole.Put(l.key, row)
}

// removed works a deletion into the copy.
func (l *collection) removed(id string) {
	l.filtered.Drop()
	l.whole.Remove(l.key, id)
}

// page is one page of a list.
type page struct {
	rows []ServiceAccount
	// total is how many rows there are; nil where the control plane does not tell.
	total *int
}

// Incomplete is the error for a list that fails after a part of it has come. What it lacks may exist all the same.
type Incomplete struct {
	// Rows are those that came, each once. Everybody who asks for the list gets the same slice: it must not be changed.
	Rows []ServiceAccount
	// Err is the failure.
	Err error
}

// Error implements error with the failure alone.
func (e *Incomplete) Error() string { return e.Err.Error() }

// Unwrap returns the failure.
func (e *Incomplete) Unwrap() error { return e.Err }

// list reads all pages. Rows may be added and deleted meanwhile, which moves the ones behind them, so each page begins with the
// last row of the page before: if it does not, rows have moved across the boundary, and the list is begun again.
func (c *Client) list(ctx context.Context, route string, query url.Values) ([]ServiceAccount, error) {
	for try := 1; ; try++ {
		rows, moved, err := c.listOnce(ctx, route, query)
		rows = unique(rows)
		switch {
		case err == nil && moved == "":
			return rows, nil
		case err == nil && try < pagingTries:
			continue
		case err == nil:
			call, answer := wholeList(route)
			err = c.rest.Malformed(call, answer, "the list could not be read whole in "+strconv.Itoa(pagingTries)+" tries: "+moved)
		}
		if len(rows) > 0 {
			err = &Incomplete{Rows: slices.Clip(rows), Err: err}
		}
		return nil, err
	}
}

// wholeList is one request for all pages, and one answer to it, for an error about them together.
func wholeList(route string) (*rest.Call, *rest.Answer) {
	return &rest.Call{Method: http.MethodGet, Route: route}, &rest.Answer{Status: http.StatusOK, Header: http.Header{}}
}

// listOnce reads all pages once, or says why they do not fit together. The rows that came are returned in any case.
func (c *Client) listOnce(ctx context.Context, route string, query url.Values) (all []ServiceAccount, moved string, err error) {
	for range pageLimit {
		offset := max(len(all)-1, 0)
		p, err := c.page(ctx, route, query, offset)
		if err != nil {
			return all, "", err
		}
		if len(all) > 0 && (len(p.rows) == 0 || p.rows[0].ID != all[offset].ID) {
			return all, "its rows moved while it was read", nil
		}
		added := p.rows[len(all)-offset:]
		all = append(all, added...)
		switch {
		case len(all) > rest.RowLimit, p.total != nil && *p.total > rest.RowLimit:
			return all, "", c.rest.TooManyRows(wholeList(route))
		// A short page proves nothing: a control plane may cut pages. Without a total, the end is a page with nothing new.
		case p.total != nil && len(all) >= *p.total, p.total == nil && len(added) == 0:
			return all, "", nil
		case len(added) == 0:
			return all, fmt.Sprintf("the control plane counts %d rows and shows %d", *p.total, len(all)), nil
		}
	}
	call, answer := wholeList(route)
	return all, "", c.rest.TooLong(call, answer, fmt.Sprintf("the list has more than %d pages; %d of them held %d rows", pageLimit, pageLimit, len(all)))
}

// unique keeps the first of rows with the same id.
func unique(all []ServiceAccount) []ServiceAccount {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(a ServiceAccount) bool {
		again := seen[a.ID]
		seen[a.ID] = true
		return again
	})
}

func (c *Client) page(ctx context.Context, route string, query url.Values, offset int) (page, error) {
	call := &rest.Call{Method: http.MethodGet, Route: route, Query: url.Values{}}
	maps.Copy(call.Query, query)
	call.Query.Set("limit", strconv.Itoa(pageSize))
	call.Query.Set("offset", strconv.Itoa(offset))
	answer, err := c.do(ctx, call)
	if err != nil {
		return page{}, err
	}
	var wire struct {
		Data       rest.Raw `json:"data"`
		Pagination struct {
			Total *int `json:"total"`
		} `json:"pagination"`
	}
	if err := c.rest.Decode(call, answer, &wire); err != nil {
		return page{}, err
	}
	p := page{total: wire.Pagination.Total}
	if p.total != nil && *p.total < 0 {
		// Taken for a count, it would make any page the last one.
		return page{}, c.rest.Malformed(call, answer, fmt.Sprintf("the control plane counts %d rows", *p.total))
	}
	p.rows, err = rest.ReadRows(c.rest, call, answer, wire.Data, func(text []byte) (row ServiceAccount, err error) {
		err = json.Unmarshal(text, &row)
		return row, err
	})
	if err != nil {
		return page{}, err
	}
	return p, nil
}
