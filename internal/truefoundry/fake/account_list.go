package fake

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// listAccounts is GET on the collection: the virtual accounts that the caller may see.
func (s *Server) listAccounts(c *call) (int, any, *problem) {
	if c.powerless() {
		return 0, nil, forbidden(rightReadAccount)
	}
	keep, refused := s.accountFilter(c.r.URL.Query())
	if refused != nil {
		return 0, nil, refused
	}
	for _, a := range s.accounts.All() {
		s.catchUp(a)
	}
	seen := []VirtualAccount{}
	for _, a := range s.accounts.List(fakeapi.Lagging(c.r)) {
		if s.sees(c, a) && keep(a) {
			seen = append(seen, a)
		}
	}
	return paginate(s, c, accountsPath, seen, func(a VirtualAccount) any { return s.accountRow(a, true) })
}

// accountFilter joins the filters of a query.
func (s *Server) accountFilter(query url.Values) (func(VirtualAccount) bool, *problem) {
	search := query.Get("nameSearchQuery")
	byName := func(a VirtualAccount) bool { return strings.Contains(a.Name(), search) }
	if s.switches.OldFilters {
		return byName, nil
	}
	all := []func(VirtualAccount) bool{byName}
	if teams := teamsOf(query["ownedByTeams"]); len(teams) > 0 {
		all = append(all, func(a VirtualAccount) bool { return slices.Contains(teams, a.Manifest.team()) })
	}
	if text := query.Get("isExpired"); text != "" {
		wanted, err := strconv.ParseBool(text)
		if err != nil {
			return nil, bad("isExpired must be a boolean value")
		}
		all = append(all, func(a VirtualAccount) bool {
			end := s.expiration(a.Manifest)
			return wanted == (end != nil && !s.now().Before(*end))
		})
	}
	if text := query.Get("filter"); text != "" {
		var node filterNode
		if json.Unmarshal([]byte(text), &node) != nil {
			return nil, bad("filter must be a JSON object")
		}
		matches, refused := node.predicate()
		if refused != nil {
			return nil, refused
		}
		all = append(all, matches)
	}
	return func(a VirtualAccount) bool {
		return !slices.ContainsFunc(all, func(matches func(VirtualAccount) bool) bool { return !matches(a) })
	}, nil
}

// teamsOf reads a list in the forms that are accepted: repeated, joined by commas, and as a JSON list.
func teamsOf(values []string) []string {
	teams := []string{}
	for _, value := range values {
		var list []string
		if json.Unmarshal([]byte(value), &list) != nil {
			list = strings.Split(value, ",")
		}
		teams = append(teams, list...)
	}
	return slices.DeleteFunc(teams, func(team string) bool { return team == "" })
}

// filterNode is a node of the filter tree: a group with children, or a leaf that compares a column. Of the leaves only
// this one is documented with its shape.
type filterNode struct {
	Type     string       `json:"type"`
	Children []filterNode `json:"children"`
	Column   string       `json:"column"`
	Op       string       `json:"op"`
	Value    any          `json:"value"`
}

func (n filterNode) predicate() (func(VirtualAccount) bool, *problem) {
	if n.Type != "AND" && n.Type != "OR" {
		value, isText := n.Value.(string)
		if n.Column != "name" || n.Op != "STRING_CONTAINS" || !isText {
			return nil, bad("filter: column %q with operator %q is not supported", n.Column, n.Op)
		}
		return func(a VirtualAccount) bool { return strings.Contains(a.Name(), value) }, nil
	}
	children := []func(VirtualAccount) bool{}
	for _, child := range n.Children {
		matches, refused := child.predicate()
		if refused != nil {
			return nil, refused
		}
		children = append(children, matches)
	}
	// AND is done by the first child that fails, OR by the first that matches.
	decisive := n.Type == "OR"
	return func(a VirtualAccount) bool {
		return decisive == slices.ContainsFunc(children, func(matches func(VirtualAccount) bool) bool { return matches(a) == decisive })
	}, nil
}
