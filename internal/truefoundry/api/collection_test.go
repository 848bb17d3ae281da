package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// paged is a list that a test moves between two pages.
type paged struct {
	mu       sync.Mutex
	ids      []string
	requests int
	// cut is the longest page, total what is told as such: by default the number of rows, nil for nothing.
	cut   int
	total func(rows int) any
	// between runs after each page.
	between func(*paged)
}

func (p *paged) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests++
	offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
	limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
	if p.cut > 0 {
		limit = min(limit, p.cut)
	}
	rows := []any{}
	for _, id := range p.ids[min(offset, len(p.ids)):min(offset+limit, len(p.ids))] {
		rows = append(rows, object{"id": id, "manifest": object{"name": "name-" + id}})
	}
	pagination := object{"total": len(p.ids)}
	if p.total != nil {
		pagination["total"] = p.total(len(p.ids))
	}
	answer(w, http.StatusOK, object{"data": rows, "pagination": pagination})
	if p.between != nil {
		p.between(p)
	}
}

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("id%05d", i)
	}
	return ids
}

func listed(accounts []api.ServiceAccount) []string {
	ids := make([]string, 0, len(accounts))
	for _, a := range accounts {
		ids = append(ids, a.ID)
	}
	return ids
}

func noTotal(int) any { return nil }

func TestPaging(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows, cut, requests int
		total               func(int) any
	}{
		"nothing":                         {0, 0, 1, nil},
		"nothing, no total":               {0, 0, 1, noTotal},
		"a full page":                     {1000, 0, 1, nil},
		"a full page, no total":           {1000, 0, 2, noTotal},
		"two pages":                       {1001, 0, 2, nil},
		"three pages":                     {2500, 0, 3, nil},
		"pages that are cut":              {250, 100, 3, nil},
		"pages that are cut, no total":    {250, 100, 4, noTotal},
		"a total that is still too small": {10, 0, 1, func(int) any { return 3 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &paged{ids: numbered(c.rows), cut: c.cut, total: c.total}
			accounts, err := start(t, p.serve).ListVirtualAccounts(t.Context())
			if err != nil || !slices.Equal(listed(accounts), p.ids) || p.requests != c.requests {
				t.Errorf("%d rows in %d requests, %v", len(accounts), p.requests, err)
			}
		})
	}
}

// TestPaging_rowsMove deletes and adds rows before the boundary while the list is read: nobody is lost.
func TestPaging_rowsMove(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*paged){
		"one is deleted": func(p *paged) { p.ids = p.ids[1:] },
		"one is added":   func(p *paged) { p.ids = append([]string{"new"}, p.ids...) },
		"the last one of the page is deleted": func(p *paged) {
			p.ids = slices.Delete(slices.Clone(p.ids), 9, 10)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := &paged{ids: numbered(25), cut: 10}
			p.between = func(p *paged) { move(p); p.between = nil }
			accounts, err := start(t, p.serve).ListVirtualAccounts(t.Context())
			if err != nil || !slices.Equal(listed(accounts), p.ids) {
				t.Errorf("%v, %v", listed(accounts), err)
			}
		})
	}
}

// TestPaging_doubt answers what proves nothing about whoever is missing.
func TestPaging_doubt(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*paged{
		"rows never stand still":   {ids: numbered(25), cut: 10, between: func(p *paged) { p.ids = append([]string{fmt.Sprint("new", p.requests)}, p.ids...) }},
		"the total is never shown": {ids: numbered(5), total: func(rows int) any { return rows + 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if accounts, err := start(t, p.serve).ListVirtualAccounts(t.Context()); err == nil || !strings.Contains(err.Error(), "could not be read whole") {
				t.Errorf("%d rows, %v", len(accounts), err)
			}
		})
	}
}

func TestPaging_notAList(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]any{
		"null": object{"data": nil}, "nothing": object{}, "an object": object{"data": object{}}, "a bare list": []any{},
		"a row without an id":   object{"data": []any{object{"name": "x"}}},
		"a row without a name":  object{"data": []any{object{"id": "x"}}},
		"a row that is no such": object{"data": []any{"x"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []exchange
			if accounts, err := start(t, record(http.StatusOK, body, &seen)).ListPersonalAccessTokens(t.Context()); err == nil {
				t.Errorf("%d rows and no error", len(accounts))
			}
		})
	}
}

// TestRefresh_shared lets many ask at once: nobody gets a list that was begun before they asked, and most share one.
func TestRefresh_shared(t *testing.T) {
	t.Parallel()
	p := &paged{ids: numbered(3)}
	client := start(t, p.serve)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			id := fmt.Sprint("new", i)
			p.mu.Lock()
			p.ids = append(p.ids, id)
			p.mu.Unlock()
			accounts, err := client.RefreshPersonalAccessTokens(context.WithoutCancel(t.Context()))
			if err != nil || !slices.Contains(listed(accounts), id) {
				t.Errorf("%s is missing, %v", id, err)
			}
		})
	}
	group.Wait()
	if p.requests > 20 {
		t.Errorf("%d requests", p.requests)
	}
}
