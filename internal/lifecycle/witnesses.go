package lifecycle

import (
	"context"
	"maps"
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// mostWitnesses is how many other tokens are remembered.
const mostWitnesses = 8

// noteWitnesses remembers which other tokens a list shows beside those of a series, unless it still shows one that is remembered.
func (l life[M, P, R]) noteWitnesses(all []R, m P, record *rotation.Record) {
	if !l.server.Anonymous || slices.ContainsFunc(record.Witnesses, func(other string) bool { return l.server.find(all, other) != nil }) {
		return
	}
	var shown []string
	for _, r := range all {
		shown = append(shown, l.server.Row(r).ID)
	}
	record.Witnesses = witnesses(shown, knownIDs(m, *record))
}

// witnessesOf are tokens that the owner's list has shown beside a new one. With an id, a token that has a name tells itself, once it is looked
// up, whose it is.
func (l life[M, P, R]) witnessesOf(ctx context.Context, s succession[P], answer Answer[R]) []string {
	if !l.server.Anonymous {
		return nil
	}
	var series []string
	if s.state != nil {
		series = knownIDs(s.state, s.record)
	}
	shown := slices.Collect(maps.Keys(answer.known))
	if answer.known == nil && answer.Row == nil {
		// Without an error: that the id is not known is said already, and the list is only a help for later.
		all, _ := l.server.List(ctx)
		for _, r := range all {
			shown = append(shown, l.server.Row(r).ID)
		}
	}
	return witnesses(shown, series)
}

// witnesses are some of the ids that are none of a series.
func witnesses(ids, series []string) []string {
	others := slices.DeleteFunc(slices.Sorted(slices.Values(ids)), func(id string) bool { return slices.Contains(series, id) })
	return others[:min(len(others), mostWitnesses)]
}
