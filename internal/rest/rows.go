package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// RowLimit is how many rows of one list are read. What a row takes in memory is many times the least that it takes in an answer.
const RowLimit = 250_000

const brokeOff = "the list is not JSON, or broke off"

// Raw is a part of an answer that is read later. It is no copy, and must not be changed.
type Raw []byte

// UnmarshalJSON implements [json.Unmarshaler].
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = text
	return nil
}

// ReadRows reads each row of a JSON list with a function, which must not keep the text, and stops at the first that cannot be read: a list
// of something else costs no more than one of its rows. The rows before it are returned with the error.
func ReadRows[T any](c *Client, call *Call, answer *Answer, list Raw, read func(text []byte) (T, error)) ([]T, error) {
	decoder := json.NewDecoder(bytes.NewReader(list))
	// JSON's null is no empty list.
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('[') {
		return nil, c.Malformed(call, answer, "the answer holds no list where the API promises one")
	}
	rows := []T{}
	var text json.RawMessage
	for decoder.More() {
		if len(rows) == RowLimit {
			return rows, c.TooManyRows(call, answer)
		}
		if err := decoder.Decode(&text); err != nil {
			return rows, c.Malformed(call, answer, brokeOff)
		}
		row, err := read(text)
		if err != nil {
			return rows, c.Malformed(call, answer, "row "+strconv.Itoa(len(rows))+" of the list cannot be read: "+RowProblem(err))
		}
		if rows = append(rows, row); len(rows) == cap(rows) {
			rows = slices.Grow(rows, moreRows(len(rows), decoder.InputOffset(), len(list)))
		}
	}
	if _, err := decoder.Token(); err != nil {
		return rows, c.Malformed(call, answer, brokeOff)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return rows, c.Malformed(call, answer, "something follows the list")
	}
	return rows, nil
}

// moreRows is for how many more rows room is made: for as many as there will be if the others are as long as those that were read, so that a
// long list does not grow little by little, which would take several times as much in all; but, as rows may differ, for no more than many
// times those.
func moreRows(rows int, read int64, length int) int {
	const times = 16
	others := (int64(length) - read) * int64(rows) / read
	return int(min(1+others, times*int64(rows), int64(RowLimit-rows)))
}

// RowProblem describes a row that cannot be read without quoting it.
func RowProblem(err error) string {
	var unexpected *json.UnmarshalTypeError
	switch {
	case errors.As(err, &unexpected) && unexpected.Field == "":
		return "it is not an object"
	case errors.As(err, &unexpected):
		return fmt.Sprintf("its field %q has another type than the API promises", unexpected.Field)
	}
	return err.Error()
}

// TooManyRows is the error for a list of more than [RowLimit] rows.
func (c *Client) TooManyRows(call *Call, answer *Answer) *Error {
	return c.TooLong(call, answer, fmt.Sprintf("the list has more than %d rows", RowLimit))
}

// TooLong is the error for what is well formed as far as it was read, and goes on past a bound of this provider, which the problem names.
func (c *Client) TooLong(call *Call, answer *Answer, problem string) *Error {
	e := c.Malformed(call, answer, problem)
	e.Kind = TooLong
	return e
}
