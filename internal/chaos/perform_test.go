package main

import "testing"

// TestSelects: an action selects what all of its filters name, and nothing that is excepted.
func TestSelects(t *testing.T) {
	t.Parallel()
	k := token{ID: "7", Name: "ci-1", Owner: "loader"}
	for name, c := range map[string]struct {
		arguments map[string]any
		want      bool
	}{
		"everything":       {nil, true},
		"by its id":        {map[string]any{"ids": []any{"5", "7"}}, true},
		"another id":       {map[string]any{"ids": []any{"5"}}, false},
		"no id at all":     {map[string]any{"ids": []any{}}, false},
		"by its name":      {map[string]any{"name_prefix": "ci-"}, true},
		"another name":     {map[string]any{"name_prefix": "theirs-"}, false},
		"excepted":         {map[string]any{"name_prefix": "ci-", "except_ids": []any{"7"}}, false},
		"of another owner": {map[string]any{"user_name": "billing"}, false},
	} {
		if is := selects(c.arguments, k); is != c.want {
			t.Errorf("%s: %t", name, is)
		}
	}
}

// TestReports: a message about a resource excuses a dead token in the state only if it names the token or tells what has become of it.
func TestReports(t *testing.T) {
	t.Parallel()
	held := document{values: map[string]any{"id": "t7", "name": "ci-1"}}
	for said, want := range map[string]bool{
		"":                                   false,
		"rotate_before_expiry has no effect": false,
		"The token t7 works":                 true,
		"The token ci-1 works":               true,
		"It is missing":                      true,
		"It has expired":                     true,
	} {
		if is := reports(said, held, "t7"); is != want {
			t.Errorf("%q: %t", said, is)
		}
	}
}
