package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func TestMultiply(t *testing.T) {
	t.Parallel()
	const one = `{"serial": 1, "resources": [{"type": "x", "name": "block-0", "instances": [{"index_key": 0, "attributes": {"name": "token-0", "scope": ["a"]}, "private": "cHJpdmF0ZQ==", "identity": {"id": "1"}}]}]}`
	state, err := multiply([]byte(one), 2, named)
	if err != nil {
		t.Fatal(err)
	}
	const two = `{"serial": 1, "resources": [{"type": "x", "name": "block-0", "instances": [` +
		`{"index_key": 0, "attributes": {"name": "token-0", "scope": ["a"]}, "private": "cHJpdmF0ZQ=="},` +
		`{"index_key": 1, "attributes": {"name": "token-1", "scope": ["a"]}, "private": "cHJpdmF0ZQ=="}]}]}`
	var got, want any
	if err := json.Unmarshal(state, &got); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(two), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	state, err = multiply([]byte(one), blockSize+1, named)
	if err != nil {
		t.Fatal(err)
	}
	for _, last := range []string{`"index_key":99`, `"name":"token-99"`, `"name":"token-100"`, `"name":"block-1"`} {
		if !strings.Contains(string(state), last) {
			t.Errorf("%d objects lack %s", blockSize+1, last)
		}
	}
	if strings.Contains(string(state), `"index_key":100`) {
		t.Error("an object is in no block of the configuration")
	}
	for name, state := range map[string]string{
		"no JSON":       "{",
		"no resource":   `{"resources": []}`,
		"no instance":   `{"resources": [{"instances": []}]}`,
		"no attributes": `{"resources": [{"instances": [{}]}]}`,
	} {
		if _, err := multiply([]byte(state), 2, named); err == nil {
			t.Errorf("a state with %s is multiplied", name)
		}
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	journal := []fakeapi.Entry{{Route: loginPath, At: start}}
	for i := range 101 {
		journal = append(journal, fakeapi.Entry{Route: "/v1/tokens", Status: 200, At: start.Add(time.Second + time.Duration(i)*100*time.Millisecond)})
	}
	journal = append(journal, fakeapi.Entry{Route: "/v1/tokens", Status: 429, At: start.Add(time.Hour)})
	want := pace{requests: 101, refused: 1, took: 10 * time.Second, own: per}
	if got := paceOf(journal); got != want {
		t.Errorf("the pace is %+v, want %+v", got, want)
	}
	if got := paceOf(journal[:101]).own; got != 0 {
		t.Errorf("a hundred requests wait %s for a limit of a hundred", got)
	}
}

// TestCreating leaves out what the process that planned has sent.
func TestCreating(t *testing.T) {
	t.Parallel()
	login, list := fakeapi.Entry{Method: "POST", Route: loginPath}, fakeapi.Entry{Method: "GET", Route: "/v1/tokens"}
	create := fakeapi.Entry{Method: "POST", Route: "/v1/tokens"}
	if got := creating([]fakeapi.Entry{login, list, login, list, create, login, create}); len(got) != 5 || got[0].Route != loginPath || got[1].Method != "GET" {
		t.Errorf("creating begins with %v", got)
	}
}

func TestConfiguration(t *testing.T) {
	t.Parallel()
	text := pets().configuration("hashicorp/random", 107)
	for _, want := range []string{"random = {\n      source = \"hashicorp/random\"", `resource "random_pet" "block-0"`, "count = 100\n", `resource "random_pet" "block-1"`, "count = 7\n", "index = (count.index + 100)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the configuration lacks %q:\n%s", want, text)
		}
	}
}

func TestLargest(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if most, err := largest(folder); most != 0 || err != nil {
		t.Errorf("the largest of none is %d, %v", most, err)
	}
	for name, text := range map[string]string{"1": "20480", "2": "40960", "3": "0"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if most, err := largest(folder); most != 40960 || err != nil {
		t.Errorf("the largest is %d, %v", most, err)
	}
	if err := os.WriteFile(filepath.Join(folder, "4"), []byte("much"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := largest(folder); err == nil {
		t.Error("a file without a number is passed over")
	}
}
