package api

import "time"

// forever is how far an end may lie ahead of the creation to be believed when the manifest names none: the vendor's model has
// no token without an end, so that one in the far future stands for "never".
const forever = 50 * 365 * 24 * time.Hour

// End is when a token expires. With Day, only the day is told, and which moment of it is meant is not documented.
type End struct {
	At  time.Time
	Day bool
}

// Passed reports whether the end has surely been reached; of a day, the whole must have passed.
func (e *End) Passed(now time.Time) bool {
	switch {
	case e == nil:
		return false
	case e.Day:
		return !now.Before(e.At.AddDate(0, 0, 1))
	}
	return !now.Before(e.At)
}

// Is reports whether the end may be the given moment: ends are kept to the minute, or to the day.
func (e *End) Is(at *time.Time) bool {
	switch {
	case e == nil || at == nil:
		return e == nil && at == nil
	case e.Day:
		return !at.Before(e.At) && !at.After(e.At.AddDate(0, 0, 1))
	}
	return at.Sub(e.At).Abs() < time.Minute
}

// Moment is the end as a time; nil for none.
func (e *End) Moment() *time.Time {
	if e == nil {
		return nil
	}
	return &e.At
}

// ParseEnd reads an end in any of the forms that the vendor's pages show or allow. A time without a zone is UTC.
func ParseEnd(text string) (*End, bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return &End{At: day, Day: true}, true
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02 15:04:05.999999999"} {
		if at, err := time.Parse(form, text); err == nil {
			return &End{At: at.UTC()}, true
		}
	}
	return nil, false
}

// moment reads a timestamp of a row; nil when there is none that can be read.
func moment(text string) *time.Time {
	if end, ok := ParseEnd(text); ok {
		return &end.At
	}
	return nil
}

// expirationForm is the form of expirationDate in the vendor's examples: minutes, no zone, and UTC is meant.
const expirationForm = "2006-01-02T15:04"

// wholeMinute is the last whole minute at or before a time.
func wholeMinute(at time.Time) time.Time { return at.UTC().Truncate(time.Minute) }

// NextWholeMinute is the first whole minute at or after a time, so that a lifetime is never cut short.
func NextWholeMinute(at time.Time) time.Time {
	if whole := wholeMinute(at); whole.Equal(at) {
		return whole
	}
	return wholeMinute(at).Add(time.Minute)
}
