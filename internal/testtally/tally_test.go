package main

import (
	"errors"
	"strings"
	"testing"
)

func TestTally(t *testing.T) {
	t.Parallel()
	const good = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"quiet\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Test":"TestA/sub"}
`
	cases := map[string]struct {
		events  string
		wait    error
		last    string
		shows   string
		hides   string
		wantErr bool
	}{
		"passes": {
			events: good + `{"Action":"pass","Package":"p","Elapsed":1}`,
			last:   "2 passed, 0 failed, 0 skipped",
			shows:  "ok\tp\t1.0s",
			hides:  "quiet",
		},
		"a failure prints its output": {
			events: good + `{"Action":"output","Package":"p","Test":"TestB","Output":"boom\n"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p"}`,
			last: "2 passed, 1 failed, 0 skipped", shows: "boom", hides: "quiet", wantErr: true,
		},
		"a skip shows its reason": {
			events: good + `{"Action":"output","Package":"p","Test":"TestC","Output":"needs more\n"}
{"Action":"skip","Package":"p","Test":"TestC"}
{"Action":"pass","Package":"p"}`,
			last: "2 passed, 0 failed, 1 skipped", shows: "needs more",
		},
		"a package that does not compile is a failure": {
			events: good + `{"Action":"pass","Package":"p"}
{"Action":"build-output","ImportPath":"q","Output":"undefined: x\n"}
{"Action":"start","Package":"q"}
{"Action":"fail","Package":"q"}`,
			last: "2 passed, 1 failed, 0 skipped", shows: "undefined: x", wantErr: true,
		},
		"a package that dies is a failure": {
			events: good + `{"Action":"output","Package":"p","Test":"TestD","Output":"last words\n"}`,
			wait:   errors.New("signal: killed"),
			last:   "2 passed, 1 failed, 0 skipped", shows: "last words", wantErr: true,
		},
		"the go command's own error counts": {
			events: good + `{"Action":"pass","Package":"p"}
go: something is wrong`,
			wait: errors.New("exit status 1"),
			last: "2 passed, 0 failed, 0 skipped", shows: "go: something is wrong", wantErr: true,
		},
		"nothing ran": {
			events: `{"Action":"skip","Package":"p"}`, last: "0 passed, 0 failed, 0 skipped", wantErr: true,
		},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			tally := newTally(&out)
			if err := tally.read(strings.NewReader(test.events)); err != nil {
				t.Fatal(err)
			}
			tally.close()
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if got := lines[len(lines)-1]; got != test.last {
				t.Errorf("last line %q, want %q", got, test.last)
			}
			if !strings.Contains(out.String(), test.shows) {
				t.Errorf("output lacks %q:\n%s", test.shows, out.String())
			}
			if test.hides != "" && strings.Contains(out.String(), test.hides) {
				t.Errorf("output shows %q:\n%s", test.hides, out.String())
			}
			if err := tally.verdict(test.wait); (err != nil) != test.wantErr {
				t.Errorf("verdict %v, want an error: %t", err, test.wantErr)
			}
		})
	}
}
