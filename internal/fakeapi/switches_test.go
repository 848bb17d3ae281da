package fakeapi_test

import (
	"encoding/json"
	"errors"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

type lamps struct {
	Left  int `json:"left"`
	Right int `json:"right"`
}

func (l lamps) validate() error {
	if l.Left < 0 {
		return errors.New("left is negative")
	}
	return nil
}

func TestDecodeSwitches(t *testing.T) {
	t.Parallel()
	for object, want := range map[string]struct {
		now   lamps
		fails bool
	}{
		`{}`:                         {now: lamps{1, 2}},
		`{"right": 5}`:               {now: lamps{1, 5}},
		`{"left": 3, "right": 4}`:    {now: lamps{3, 4}},
		`{"left": -1, "right": 4}`:   {now: lamps{1, 2}, fails: true},
		`{"right": 4, "middle": 1}`:  {now: lamps{1, 2}, fails: true},
		`{"right": 4, "left": "on"}`: {now: lamps{1, 2}, fails: true},
		`{"right": 4} {}`:            {now: lamps{1, 2}, fails: true},
		`on`:                         {now: lamps{1, 2}, fails: true},
	} {
		var lock sync.Mutex
		now := lamps{1, 2}
		err := fakeapi.DecodeSwitches(&lock, &now, lamps.validate, json.RawMessage(object))
		if (err != nil) != want.fails || now != want.now {
			t.Errorf("%s: %+v, %v", object, now, err)
		}
		if !lock.TryLock() {
			t.Errorf("%s: the lock is still held", object)
		}
	}
}
