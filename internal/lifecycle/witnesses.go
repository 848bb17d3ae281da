package lifecycle

import (
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// mostWitnesses is how many other tokens are remembered.
const mostWitnesses = 8

// noteWitnesses remembers which other tokens a list shows beside those of a series, unless it still shows one that is remembered.
func (l life[M, P, R]) noteWitnesses(all []R, m P, record *rotation.Record) {
	if !l.server.Anonymous || l.server.showsAny(all, record.Witnesses) {
		return
	}
	record.Witnesses = l.server.witnesses(all, knownIDs(m, *record))
}

// witnesses are some of the tokens of a list that are none of a series, where nothing else tells whose list it is.
func (s Server[R]) witnesses(all []R, series []string) []string {
	var ids []string
	for i := 0; s.Anonymous && i < len(all) && len(ids) < mostWitnesses; i++ {
		if id := s.Row(all[i]).ID; !slices.Contains(series, id) {
			ids = append(ids, id)
		}
	}
	return ids
}
