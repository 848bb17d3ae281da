package rest

import (
	"encoding/json"
	"fmt"
	"io"
)

// redacted is what a secret shows wherever it is formatted by accident.
const redacted = "(sensitive value)"

// Secret holds a minted or configured credential. Every way to format it prints a fixed word; only [Secret.Reveal] hands the
// value out, so that a search for that name finds every place where it leaves the type.
type Secret struct {
	plain string
}

// NewSecret wraps a plain value.
func NewSecret(plain string) Secret { return Secret{plain: plain} }

// Reveal returns the plain value.
func (s Secret) Reveal() string { return s.plain }

// IsEmpty reports whether there is no value at all.
func (s Secret) IsEmpty() bool { return s.plain == "" }

// String implements [fmt.Stringer] with the fixed word.
func (s Secret) String() string { return redacted }

// GoString implements [fmt.GoStringer] with the fixed word.
func (s Secret) GoString() string { return redacted }

// Format implements [fmt.Formatter], so that verbs such as %x and %d cannot reach the value either.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText implements [encoding.TextMarshaler] with the fixed word; JSON encoders and loggers use it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalJSON takes a JSON string or null.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var plain *string
	if err := json.Unmarshal(data, &plain); err != nil {
		// The decoder's own error may quote the value.
		return fmt.Errorf("a secret is not a JSON string")
	}
	s.plain = ""
	if plain != nil {
		s.plain = *plain
	}
	return nil
}
