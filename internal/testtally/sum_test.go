package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSum(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		outputs []string
		want    string
		wantErr bool
	}{
		"one run":               {[]string{"ok\tp\t1.0s\n2 passed, 0 failed, 1 skipped\n"}, "2 passed, 0 failed, 1 skipped", false},
		"two runs":              {[]string{"2 passed, 0 failed, 3 skipped\n", "ok\n40 passed, 0 failed, 1 skipped"}, "42 passed, 0 failed, 4 skipped", false},
		"a failure in either":   {[]string{"2 passed, 0 failed, 3 skipped\n", "1 passed, 2 failed, 0 skipped\n"}, "3 passed, 2 failed, 3 skipped", true},
		"a run that is cut off": {[]string{"2 passed, 0 failed, 3 skipped\n", "ok\tp\t1.0s\n"}, "2 passed, 1 failed, 3 skipped", true},
		"a run without output":  {[]string{"2 passed, 0 failed, 3 skipped\n", ""}, "2 passed, 1 failed, 3 skipped", true},
		"a count that is not the last line": {
			[]string{"2 passed, 0 failed, 3 skipped\npanic\n"}, "0 passed, 1 failed, 0 skipped", true,
		},
		"nothing passed": {[]string{"0 passed, 0 failed, 3 skipped\n"}, "0 passed, 0 failed, 3 skipped", true},
	}
	for name, test := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var files []string
			for i, output := range test.outputs {
				file := filepath.Join(t.TempDir(), fmt.Sprint(i))
				if err := os.WriteFile(file, []byte(output), 0o600); err != nil {
					t.Fatal(err)
				}
				files = append(files, file)
			}
			var out strings.Builder
			if err := sum(&out, files); (err != nil) != test.wantErr || out.String() != test.want+"\n" {
				t.Errorf("%q, %v", out.String(), err)
			}
		})
	}
	if err := sum(&strings.Builder{}, []string{filepath.Join(t.TempDir(), "missing")}); err == nil {
		t.Error("a missing output is no error")
	}
}
