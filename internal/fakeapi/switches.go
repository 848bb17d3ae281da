package fakeapi

import (
	"bytes"
	"encoding/json"
	"sync"
)

// ChangeSwitches changes an emulator's switches under its lock; what does not pass validation changes nothing.
func ChangeSwitches[S any](lock sync.Locker, switches *S, validate func(S) error, change func(*S)) error {
	lock.Lock()
	defer lock.Unlock()
	next := *switches
	change(&next)
	if err := validate(next); err != nil {
		return err
	}
	*switches = next
	return nil
}

// DecodeSwitches changes the switches that a JSON object names and leaves the others as they are. An object that names anything
// else changes nothing.
func DecodeSwitches[S any](lock sync.Locker, switches *S, validate func(S) error, object json.RawMessage) error {
	var failed error
	err := ChangeSwitches(lock, switches, validate, func(s *S) {
		next := *s
		if failed = DecodeStrict(bytes.NewReader(object), &next); failed == nil {
			*s = next
		}
	})
	if failed != nil {
		return failed
	}
	return err
}
