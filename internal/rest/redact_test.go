package rest_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"

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
		"short ones are ignored":   {[]string{"", "a", "abc"}, "a, abc", "a, abc"},
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

// TestRedactorKnowsEncodings: a server that echoes a secret does so in the form in which it has met it.
func TestRedactorKnowsEncodings(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{
		`pa"ss\word`, "p/a+s=s w?o&r<d>", "pässwörd-日本", "a-👍-token", "tfy-abc.def_ghi~jkl", "p%41ss'wörd!", "hun$2", "🔑🔑", "hunt2",
	} {
		inJSON, _ := json.Marshal(secret)
		twice, _ := json.Marshal(string(inJSON))
		unescaped := strings.Builder{}
		encoder := json.NewEncoder(&unescaped)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(secret)
		for form, text := range map[string]string{
			"plain": secret, "JSON": string(inJSON), "JSON without HTML": unescaped.String(), "JSON in JSON": string(twice),
			"ASCII JSON": asciiJSON(`\u%04x`, secret), "ASCII JSON, upper case": strings.ReplaceAll(asciiJSON(`\u%04X`, secret), "/", `\/`),
			"query": "?a=" + url.QueryEscape(secret) + "&b=", "path": "/x/" + url.PathEscape(secret) + "/y",
			"query, lower case": lowerPercent(url.QueryEscape(secret)), "query of a query": url.QueryEscape(url.QueryEscape(secret)),
			"quoted, in a query": url.QueryEscape(`"` + secret + `"`), "quoted, in JSON": `"\n` + secret + `\t"`,
			"base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64 of URLs": base64.RawURLEncoding.EncodeToString([]byte(secret)),
			"Basic of one":   base64.StdEncoding.EncodeToString([]byte("u:" + secret)),
			"Basic of two":   base64.StdEncoding.EncodeToString([]byte("us:" + secret + "!")),
			"Basic of three": base64.URLEncoding.EncodeToString([]byte("use:" + secret + "!!")),
		} {
			var r rest.Redactor
			r.Add(rest.NewSecret(secret))
			got := r.Redact("before " + text + " after")
			left := strings.NewReplacer("(sensitive value)", "", "before ", "", " after", "").Replace(got)
			if !strings.Contains(got, "(sensitive value)") || strings.Contains(got, secret) || len(left) > 12 {
				t.Errorf("%s of %q, %q, becomes %q", form, secret, text, got)
			}
		}
	}
}

func asciiJSON(escape, text string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		if unit < 0x80 && unit != '"' && unit != '\\' {
			b.WriteByte(byte(unit))
		} else {
			fmt.Fprintf(&b, escape, unit)
		}
	}
	return b.String()
}

func lowerPercent(text string) string {
	return regexp.MustCompile("%..").ReplaceAllStringFunc(text, strings.ToLower)
}

// TestRedactorOfShortPasswords: a short password that is a word is struck out as a word, and messages stay readable; one that is none
// is struck out anywhere.
func TestRedactorOfShortPasswords(t *testing.T) {
	t.Parallel()
	const word = "(sensitive value)"
	for name, c := range map[string]struct{ secret, text, want string }{
		"alone":               {"hunt2", "hunt2", word},
		"in a sentence":       {"hunt2", "The password hunt2 is wrong.", "The password " + word + " is wrong."},
		"in quotes":           {"hunt2", `{"password":"hunt2"}`, `{"password":"` + word + `"}`},
		"again and again":     {"hunt2", "hunt2 hunt2 hunt2,hunt2", word + " " + word + " " + word + "," + word},
		"in a name":           {"hunt2", "bob_hunt2", "bob_" + word},
		"in other words":      {"token", "tokens, tokenless and atoken", "tokens, tokenless and atoken"},
		"in a number":         {"12345", "id 9123456", "id 9123456"},
		"in a word with ä":    {"rger", "ärger rgerä", "ärger rgerä"},
		"not ASCII":           {"grün", "ist grün.", "ist " + word + "."},
		"four characters":     {"1234", "PIN 1234", "PIN " + word},
		"three are no secret": {"the", "the password", "the password"},
		"none of letters":     {"a$b!", "xa$b!y", "x" + word + "y"},
		"after an escape":     {"hunt2", `%22hunt2%22 \u0022hunt2\u0022 \nhunt2\n`, "%22" + word + `%22 \u0022` + word + `\u0022 \n` + word + `\n`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r rest.Redactor
			r.Add(rest.NewSecret(c.secret))
			if got := r.Redact(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(r.Values()) != 0 {
				t.Error("the masks of the log would strike it out of other words")
			}
		})
	}
}

// TestRedactorOrder: whatever their order and their kinds, the longest secret is struck out first.
func TestRedactorOrder(t *testing.T) {
	t.Parallel()
	secrets := []string{"abcd", "abcdef", "abcdef$x", "abcdef$x-1", "xabcdef$x-12"}
	for range secrets {
		secrets = append(secrets[1:], secrets[0])
		var r rest.Redactor
		for _, s := range secrets {
			r.Add(rest.NewSecret(s))
		}
		if got := r.Redact("xabcdef$x-12 abcdef$x-1 abcdef$x abcdef abcd"); strings.ReplaceAll(got, "(sensitive value)", "") != "    " {
			t.Errorf("%q: %q", secrets, got)
		}
		if want := []string{"xabcdef$x-12", "abcdef$x-1", "abcdef$x", "abcdef"}; !slices.Equal(r.Values(), want) {
			t.Errorf("the masks are %q", r.Values())
		}
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
