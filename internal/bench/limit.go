package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// The documented limit of SailPoint, and how many tokens are created against it.
const (
	limitedCreates = 300
	limit, per     = 100, 10 * time.Second
	loginPath      = "/oauth/token"
)

// limitRows create tokens against an emulator that enforces the documented limit, in real time: the client waits as long for one that does
// not.
func limitRows(ctx context.Context, t tools, tell teller) ([]row, error) {
	w := sailpointTokens()
	tell("%d %s: create", limitedCreates, w.title)
	box, err := sandbox.Start(sandbox.Options{SailPoint: sailpoint.Switches{TokensPerUser: -1}})
	if err != nil {
		return nil, err
	}
	defer func() { _ = box.Close() }()
	b, err := t.newBench(t.ours, w, limitedCreates, box.Env())
	if err != nil {
		return nil, err
	}
	if _, err := b.apply(ctx); err != nil {
		return nil, err
	}
	journal := box.Journal().Select(fakeapi.Filter{System: w.system})
	p := paceOf(creating(journal))
	by := ratio(p.took, p.own)
	return []row{w.createRow(limitedCreates, len(journal)), {
		what:    fmt.Sprintf("%d creates against %d requests per %s", limitedCreates, limit, per),
		target:  "<= 1.05 x the limit's own time, <= one 429",
		figure:  fmt.Sprintf("%.3f x (%s / %s for %d requests), %d", by, seconds(p.took), seconds(p.own), p.requests, p.refused),
		verdict: worst(judge(by, 1.05), judge(p.refused, 1)),
	}}, nil
}

// creating is the part of a journal since the process began that creates: what another one has listed to plan it was sent earlier, and how
// long Terraform planned after that is not the limit's doing.
func creating(journal []fakeapi.Entry) []fakeapi.Entry {
	begun := 0
	for i, entry := range journal {
		if entry.Route == loginPath {
			begun = i
		} else if entry.Method == http.MethodPost {
			break
		}
	}
	return journal[begun:]
}

// pace is how requests went through a limit.
type pace struct {
	// requests are those that count against the limit, refused those that it answered with 429.
	requests, refused int
	// took is the time from the first of them to the last, own the shortest time in which the limit lets that many through.
	took, own time.Duration
}

// paceOf reads a journal. Logins are not counted against the limit.
func paceOf(journal []fakeapi.Entry) pace {
	var p pace
	var first, last time.Time
	for _, entry := range journal {
		if entry.Route == loginPath {
			continue
		}
		if entry.Status == http.StatusTooManyRequests {
			p.refused++
			continue
		}
		p.requests++
		if p.requests == 1 {
			first = entry.At
		}
		last = entry.At
	}
	p.took, p.own = last.Sub(first), time.Duration((p.requests-1)/limit)*per
	return p
}
