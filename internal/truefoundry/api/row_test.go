package api_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

func row(t *testing.T, text string) api.ServiceAccount {
	t.Helper()
	var a api.ServiceAccount
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestRow_names(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"id":"1","manifest":{"name":"new"}}`:              "new",
		`{"id":"1","name":"old"}`:                           "old",
		`{"id":"1","name":"old","manifest":{"name":"new"}}`: "new",
		`{"id":"1","name":"old","manifest":null}`:           "old",
	} {
		if got := row(t, text).Name; got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestRow_activeToken(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		told  bool
		none  bool
		shown bool
	}{
		`{"id":"1","name":"n"}`:                                                {false, false, false},
		`{"id":"1","name":"n","jwtId":null}`:                                   {true, true, false},
		`{"id":"1","name":"n","jwtId":"j"}`:                                    {true, false, false},
		`{"id":"1","name":"n","jwtId":"j","jwts":[]}`:                          {true, true, false},
		`{"id":"1","name":"n","jwtId":"j","jwts":[{"id":"i"},{"id":"j"}]}`:     {true, false, true},
		`{"id":"1","name":"n","jwts":[{"id":"i"}]}`:                            {false, false, true},
		`{"id":"1","name":"n","jwts":[{"id":"i"},{"id":"j","expiry":"soon"}]}`: {false, false, false},
	} {
		a := row(t, text)
		if told, shown := a.JWTID != nil, a.ActiveJWT() != nil; told != want.told || a.HasNoToken() != want.none || shown != want.shown {
			t.Errorf("%s: told %v, none %v, shown %v", text, told, a.HasNoToken(), shown)
		}
	}
}

func TestRow_end(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`: "never",
		`{"manifest":{"expiration_date":"2035-01-31"}}`:                                                                                                    "2035-01-31T00:00:00Z",
		`{"manifest":{"expiration_date":"2035-01-31T12:30"}}`:                                                                                              "2035-01-31T12:30:00Z",
		`{"manifest":{"expiration_date":"2035-01-31"},"jwtId":"j","jwts":[{"id":"j","expiry":"2035-01-31T12:30:00.000Z"}]}`:                                "2035-01-31T12:30:00Z",
		`{"createdAt":"2026-01-01T00:00:00Z","jwtId":"j","jwts":[{"id":"j","expiry":"2126-01-01T00:00:00Z"}]}`:                                             "never",
		`{"createdAt":"2026-01-01T00:00:00Z","jwtId":"j","jwts":[{"id":"j","expiry":"2026-02-01T00:00:00Z"}]}`:                                             "2026-02-01T00:00:00Z",
		`{"createdAt":"2026-01-01T00:00:00Z","manifest":{"expiration_date":"2126-01-01"},"jwtId":"j","jwts":[{"id":"j","expiry":"2126-01-01T00:00:00Z"}]}`: "2126-01-01T00:00:00Z",
	} {
		var fields map[string]any
		_ = json.Unmarshal([]byte(text), &fields)
		fields["id"], fields["name"] = "1", "n"
		raw, _ := json.Marshal(fields)
		got := "never"
		if end := row(t, string(raw)).End(); end != nil {
			got = end.At.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s ends %s instead of %s", text, got, want)
		}
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	minute := time.Date(2035, 1, 31, 12, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		text string
		at   time.Time
		want bool
	}{
		{"2035-01-31T12:30", minute, true},
		{"2035-01-31T12:30", minute.Add(59 * time.Second), true},
		{"2035-01-31T12:30", minute.Add(time.Minute), false},
		{"2035-01-31T12:30:00", minute, true},
		{"2035-01-31T13:30+01:00", minute, true},
		{"2035-01-31T12:30:00.123Z", minute, true},
		{"2035-01-31", minute, true},
		{"2035-02-01", minute, false},
	} {
		end, ok := api.ParseEnd(c.text)
		if !ok || end.Is(&c.at) != c.want {
			t.Errorf("%s is %s: %v", c.text, c.at, !c.want)
		}
	}
	if _, ok := api.ParseEnd("tomorrow"); ok {
		t.Error("tomorrow was read")
	}
	day, _ := api.ParseEnd("2035-01-31")
	if day.Passed(minute) || !day.Passed(minute.Add(12*time.Hour)) {
		t.Error("a day has passed before it is over, or not after")
	}
	if got := api.NextWholeMinute(minute.Add(time.Second)); !got.Equal(minute.Add(time.Minute)) || !api.NextWholeMinute(minute).Equal(minute) {
		t.Errorf("rounded to %s", got)
	}
}
