package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestTerraformSays: messages and changes are read out of what Terraform prints with -json. An error at a resource that is configured no
// more has no address: it counts for each resource that has failed without an error of its own.
func TestTerraformSays(t *testing.T) {
	t.Parallel()
	printed := strings.Join([]string{
		`{"@message":"Terraform 1.11.4","type":"version","terraform":"1.11.4","ui":"1.2"}`,
		`{"type":"planned_change","change":{"resource":{"addr":"a.kept"},"action":"noop"}}`,
		`{"type":"planned_change","change":{"resource":{"addr":"a.gone"},"action":"delete"}}`,
		`{"type":"planned_change","change":{"resource":{"addr":"a.new"},"action":"create"}}`,
		`{"type":"apply_errored","hook":{"resource":{"addr":"a.new"},"action":"create"}}`,
		`{"type":"apply_errored","hook":{"resource":{"addr":"a.gone"},"action":"delete"}}`,
		`{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Unable to delete","detail":"Busy.","address":""}}`,
		`{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Unable to create","detail":"Full.","address":"a.new"}}`,
		`{"type":"diagnostic","diagnostic":{"severity":"warning","summary":"Old","detail":"Soon."}}`,
		`{"type":"diagnostic","diagnostic":{"severity":"error","summary":"Provider produced inconsistent result after apply","detail":"x","address":"a.new"}}`,
		"a line that is no JSON", "",
	}, "\n")
	var done result
	new(terraformDriver).reads(&done, []byte(printed))
	want := result{
		failed: "terraform", changes: []string{"a.gone: destroy", "a.new: create"},
		said: []message{
			{true, "a.gone", "Unable to delete: Busy."},
			{true, "a.new", "Unable to create: Full."},
			{false, "", "Old: Soon."},
			{true, "a.new", "Provider produced inconsistent result after apply: x"},
		},
		bugs: []string{"a.new: Provider produced inconsistent result after apply: x"},
	}
	if !reflect.DeepEqual(done, want) {
		t.Errorf("read is\n%+v, want\n%+v", done, want)
	}
}

// TestRestore: a state whose writer was killed is as it was before; a whole one stays.
func TestRestore(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), stateFile)
	for _, c := range []struct{ left, want string }{
		{"", `{"serial":1}`}, {`{"serial":2,"reso`, `{"serial":1}`}, {`{"serial":2}`, `{"serial":2}`},
	} {
		if err := os.WriteFile(path, []byte(c.left), 0o600); err != nil {
			t.Fatal(err)
		}
		restore(path, []byte(`{"serial":1}`))
		if got, err := os.ReadFile(path); err != nil || string(got) != c.want {
			t.Errorf("left was %q, and it is %q, %v, want %q", c.left, got, err, c.want)
		}
	}
}
