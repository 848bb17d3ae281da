package rest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

func TestRedactor(t *testing.T) {
	t.Parallel()
	const word = "(sensitive value)"
	cases := map[string]struct {
		secrets    []string
		text, want string
	}{
		"none":                     {nil, "a text", "a text"},
		"everywhere":               {[]string{"abcdef"}, "abcdef, xabcdefx, abcdef", word + ", x" + word + "x, " + word},
		"longest first":            {[]string{"abcdef", "abcdefghi"}, "abcdefghi abcdef", word + " " + word},
		"longest first, added so":  {[]string{"abcdefghi", "abcdef"}, "abcdefghi abcdef", word + " " + word},
		"short ones are ignored":   {[]string{"", "a", "abcde"}, "a, abcde", "a, abcde"},
		"six characters are taken": {[]string{"abcdef"}, "abcdef", word},
		"twice":                    {[]string{"abcdef", "abcdef"}, "abcdef", word},
		"over several lines":       {[]string{"abc\ndef"}, "x abc\ndef x", "x " + word + " x"},
		"not ASCII":                {[]string{"pässwörd"}, "pässwörd!", word + "!"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r rest.Redactor
			for _, s := range c.secrets {
				r.Add(rest.NewSecret(s))
			}
			if got := r.Redact(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRedactorKeepsEachSecretOnce(t *testing.T) {
	t.Parallel()
	var r rest.Redactor
	r.Add(rest.NewSecret("abcdef"), rest.NewSecret("abcdef"), rest.NewSecret("abc"))
	if got := len(r.Values()); got != 1 {
		t.Errorf("%d values are kept", got)
	}
}

func TestRedactorIsConcurrent(t *testing.T) {
	t.Parallel()
	var r rest.Redactor
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				secret := fmt.Sprintf("secret-%d-%d", i, j)
				r.Add(rest.NewSecret(secret))
				if text := r.Redact("it is " + secret); strings.Contains(text, secret) {
					t.Errorf("%s is shown right after it was added", secret)
				}
				_ = len(r.Values())
			}
		})
	}
	all.Wait()
	if got := len(r.Values()); got != 400 {
		t.Errorf("%d of 400 secrets are kept", got)
	}
}
