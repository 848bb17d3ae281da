// Package fakeapi is the frame that every emulator of a vendor's API stands in: a movable clock, a journal of requests,
// faults, secret minting, a store that can answer as it was before its latest write, and the [Front] that applies all of
// this around a system's business rules.
//
// It knows nothing about any vendor. An emulator implements [System] and serves through a Front.
package fakeapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Stage is what the emulators of one process share.
type Stage struct {
	Clock   *Clock
	Journal *Journal
	Faults  *Faults
	Vault   *Vault
}

// NewStage returns an empty stage whose clock shows the real time.
func NewStage() *Stage {
	return &Stage{Clock: &Clock{}, Journal: &Journal{}, Faults: &Faults{}, Vault: &Vault{}}
}

// LiveToken is a token that a system would accept now.
type LiveToken struct {
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Name   string `json:"name"`
	Status string `json:"status"`
	// Seeded tells that the token was put there from outside instead of being minted through the API.
	Seeded bool `json:"-"`
}

// Setting is one value that a client needs to reach an emulator: the provider's argument, the environment variable that
// stands in for it, and the value. Without an argument it is for the environment only, as another way to the same.
type Setting struct {
	Argument string
	Variable string
	Value    string
}

// DecodeStrict reads exactly one JSON value into v and refuses unknown fields and anything after the value.
func DecodeStrict(r io.Reader, v any) error {
	decoder := json.NewDecoder(r)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		if errors.Is(err, io.EOF) {
			return errors.New("a JSON value is required, the body is empty")
		}
		return fmt.Errorf("invalid JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("invalid JSON: more than one value")
	}
	return nil
}
