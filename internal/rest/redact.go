package rest

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// shortestSecret keeps words such as "a" and "the" in messages: whoever has a password of three characters has none.
	shortestSecret = 4
	// shortestPart is the length, in bytes, from which a secret is struck out inside of words, too. A shorter one that is a word itself,
	// as short passwords are, would make others unreadable.
	shortestPart = 6
)

// Redactor remembers every secret of a run and strikes it out of any text on its way to a log or a diagnostic, however it may be
// written there: as it is, escaped in JSON, percent-encoded, or in base64. It is safe for concurrent use.
type Redactor struct {
	mu      sync.RWMutex
	secrets []spelled
	values  []string
}

// spelled is a secret with the ways to write it.
type spelled struct {
	plain string
	// forms are made when they are first needed: most secrets of a run never meet a text that is long enough to hold them. The
	// pattern is nil where the plain form is the only one besides base64, and counts anywhere.
	forms func() (pattern *regexp.Regexp, base64 []string)
}

// Add registers secrets. It must be called before anything else sees them.
func (r *Redactor) Add(secrets ...Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range secrets {
		if len(s.plain) < shortestSecret || slices.ContainsFunc(r.secrets, func(known spelled) bool { return known.plain == s.plain }) {
			continue
		}
		// A fresh slice each time: the old one is in use without a lock. Longest first, so that a secret which contains another is
		// struck out whole.
		at, _ := slices.BinarySearchFunc(r.secrets, s.plain, func(known spelled, plain string) int { return len(plain) - len(known.plain) })
		r.secrets = slices.Insert(slices.Clone(r.secrets), at, spelled{
			plain: s.plain,
			forms: sync.OnceValues(func() (*regexp.Regexp, []string) { return pattern(s.plain), inBase64(s.plain) }),
		})
		if len(s.plain) >= shortestPart {
			at = min(at, len(r.values))
			r.values = slices.Insert(slices.Clone(r.values), at, s.plain)
		}
	}
}

// Redact returns text without any registered secret.
func (r *Redactor) Redact(text string) string {
	r.mu.RLock()
	secrets := r.secrets
	r.mu.RUnlock()
	for _, s := range secrets {
		// No form is shorter than the plain one.
		if len(text) < len(s.plain) {
			continue
		}
		pattern, encodings := s.forms()
		// As bytes first, because what follows a secret that is no UTF-8 may make a character of its end, which no pattern divides.
		if pattern == nil || len(s.plain) >= shortestPart {
			text = strings.ReplaceAll(text, s.plain, redacted)
		}
		if pattern != nil {
			// Twice, because two words may share what stands between them.
			for range 2 {
				text = pattern.ReplaceAllString(text, "${1}"+redacted+"${2}")
			}
		}
		for _, encoded := range encodings {
			text = strings.ReplaceAll(text, encoded, redacted)
		}
	}
	return text
}

// Values returns the registered secrets, longest first, for the masks of the log context, which strike out any part of a word: the
// shortest are not among them. The slice must not be changed.
func (r *Redactor) Values() []string {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.values
}

func isWordCharacter(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// pattern matches a secret that JSON or a URL may write in another way, or that only counts where it is a word of its own; nil for all
// others, which minted ones are. Its groups are what stands around such a word, where an escape ends one, too.
func pattern(plain string) *regexp.Regexp {
	var b strings.Builder
	for i, c := range plain {
		_, size := utf8.DecodeRuneInString(plain[i:])
		b.WriteString(written(c, plain[i:i+size]))
	}
	isWord := len(plain) < shortestPart && !strings.ContainsFunc(plain, func(c rune) bool { return !isWordCharacter(c) })
	switch {
	case isWord:
		return regexp.MustCompile(`(^|[^\pL\pN]|%[[:xdigit:]]{2}|\\u[[:xdigit:]]{4}|\\[bfnrt])` + b.String() + `($|[^\pL\pN])`)
	case b.String() != regexp.QuoteMeta(plain):
		return regexp.MustCompile(b.String())
	}
	return nil
}

// written matches a character of a secret, with its bytes, as it is, escaped as in a JSON text, or percent-encoded, each of them several
// times over. A byte that is no text is written as the replacement character, but percent-encoded as itself.
func written(c rune, octets string) string {
	if c < unicode.MaxASCII && (isWordCharacter(c) || strings.ContainsRune("-._~", c)) {
		return regexp.QuoteMeta(string(c))
	}
	var escaped, percent strings.Builder
	for _, unit := range utf16.Encode([]rune{c}) {
		fmt.Fprintf(&escaped, `\\+u%04x`, unit)
	}
	for _, octet := range []byte(octets) {
		fmt.Fprintf(&percent, `%%(?:25)*%02x`, octet)
	}
	forms := `\\*` + regexp.QuoteMeta(string(c)) + `|(?i:` + escaped.String() + `|` + percent.String() + `)`
	if short := strings.IndexRune("\b\f\n\r\t", c); short >= 0 {
		forms += `|\\+` + "bfnrt"[short:short+1]
	}
	if c == ' ' {
		forms += `|\+|%(?:25)*2[bB]`
	}
	return `(?:` + forms + `)`
}

// inBase64 returns what base64 makes of a secret, in both alphabets: alone, and inside of a longer text, where it can begin at any of
// three places of a group. There, the characters that the neighbours have a part in are left out.
func inBase64(plain string) []string {
	var forms []string
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		candidates := []string{alphabet.EncodeToString([]byte(plain))}
		for before := range 3 {
			text := alphabet.EncodeToString(append(make([]byte, before), plain...))
			const bits = 6
			first, end := (before*8+bits-1)/bits, (before+len(plain))*8/bits
			candidates = append(candidates, text[first:end])
		}
		for _, form := range candidates {
			if len(form) >= shortestPart && !slices.Contains(forms, form) {
				forms = append(forms, form)
			}
		}
	}
	return forms
}
