package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// RowLimit is how many rows of one list are read. What a row takes in memory is many times the least that it takes in an answer.
const RowLimit = 250_000

const brokeOff = "the list is not JSON, or broke off"

// ReadRows hands each row of a JSON list to read, which must not keep it, and stops at the first that cannot be read: a list of something
// else costs no more than one of its rows.
func (c *Client) ReadRows(call *Call, answer *Answer, list []byte, read func(row json.RawMessage) error) error {
	decoder := json.NewDecoder(bytes.NewReader(list))
	// JSON's null is no empty list.
	if opening, err := decoder.Token(); err != nil || opening != json.Delim('[') {
		return c.Malformed(call, answer, "the answer holds no list where the API promises one")
	}
	var row json.RawMessage
	for number := 0; decoder.More(); number++ {
		if number == RowLimit {
			return c.TooManyRows(call, answer)
		}
		if err := decoder.Decode(&row); err != nil {
			return c.Malformed(call, answer, brokeOff)
		}
		if err := read(row); err != nil {
			return c.Malformed(call, answer, "row "+strconv.Itoa(number)+" of the list cannot be read: "+RowProblem(err))
		}
	}
	if _, err := decoder.Token(); err != nil {
		return c.Malformed(call, answer, brokeOff)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return c.Malformed(call, answer, "something follows the list")
	}
	return nil
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
