package fake

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func (s *Server) listOwn(w http.ResponseWriter, c *call) *problem {
	if refused := c.ownTokens(); refused != nil {
		return refused
	}
	s.writeList(w, c.account.list(fakeapi.Lagging(c.r)))
	return nil
}

func (s *Server) listOfServiceAccount(w http.ResponseWriter, c *call) *problem {
	_, known := s.accounts[s.parameter(c.r, userSegment)]
	if !known && c.account.Admin && s.switches.UnknownUser == "empty" {
		s.writeList(w, nil)
		return nil
	}
	a, refused := s.serviceAccount(c)
	if refused != nil {
		return refused
	}
	s.writeList(w, a.list(fakeapi.Lagging(c.r)))
	return nil
}

// unknownUser is also the answer to a create or a rotation, which cannot be an empty list.
func (s *Server) unknownUser() *problem {
	status, err := strconv.Atoi(s.switches.UnknownUser)
	if err != nil {
		status = http.StatusNotFound
	}
	return &problem{status, "The user does not exist."}
}

func (s *Server) writeList(w http.ResponseWriter, tokens []Token) {
	tokens = slices.DeleteFunc(tokens, func(t Token) bool { return !s.visible(t) })
	s.sort(tokens)
	records := make([]any, 0, len(tokens))
	for _, token := range tokens {
		records = append(records, s.record(token))
	}
	if broken := cmp.Or(s.switches.ListBroken, "no"); broken != "no" {
		s.writeBroken(w, broken, tokens, records)
		return
	}
	if key := cmp.Or(s.switches.ListWrapper, "bare"); key != "bare" {
		writeJSON(w, http.StatusOK, map[string]any{key: records, "total": len(records)})
		return
	}
	writeJSON(w, http.StatusOK, records)
}

func (s *Server) sort(tokens []Token) {
	switch s.switches.ListOrder {
	case "newest_first":
		slices.Reverse(tokens)
	case "shuffled":
		if len(tokens) > 1 {
			s.answers++
			turn := s.answers % len(tokens)
			copy(tokens, slices.Concat(tokens[turn:], tokens[:turn]))
		}
	}
}

// writeBroken answers with status 2xx what no client may take for a list.
func (s *Server) writeBroken(w http.ResponseWriter, kind string, tokens []Token, records []any) {
	var body any
	switch kind {
	case "empty_body":
		w.WriteHeader(http.StatusOK)
		return
	case "no_content":
		w.WriteHeader(http.StatusNoContent)
		return
	case "text":
		body = strconv.Itoa(len(records)) + " access tokens"
	case "object":
		byID := map[string]any{}
		for i, token := range tokens {
			byID[token.ID] = records[i]
		}
		body = byID
	case "unknown_key":
		body = map[string]any{"entries": records}
	case "two_arrays":
		body = map[string]any{"tokens": records, "items": []any{}}
	case "no_id":
		body = s.withoutID(records)
	case "item_is_text":
		body = append(records, "one more")
	}
	writeJSON(w, http.StatusOK, body)
}
