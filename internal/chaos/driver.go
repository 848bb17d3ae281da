package main

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// driver runs the commands of a sequence.
type driver interface {
	// run runs a command to its end, or until its process dies.
	run(ctx context.Context, c command) result
	// held is the state.
	held() []document
	// move gives a resource another address in the state, forget takes it out.
	move(from, to string) error
	forget(address string) error
	close() error
}

// performer is a driver that also invokes actions and reads lists.
type performer interface{ performs() bool }

// command is one run of Terraform.
type command struct {
	// do is [Apply], [Plan], [ApplySaved], [Destroy], [Import], [Ephemeral], [Invoke] or [Inquire].
	do     Kind
	config []Resource
	// block is the provider block, as JSON has it.
	block     map[string]any
	noRefresh bool
	kill      *Kill
	// address and id are those of an import.
	address, id string
	// lent is the ephemeral resource, and skip leaves it open; or the action that is invoked, or the list that is read.
	lent Resource
	skip bool
	// unknown is an argument of the resource at unknownAt that the plan does not know yet.
	unknownAt, unknown string
}

// resource is the one at an address; its type is empty where there is none.
func (c command) resource(address string) Resource {
	for _, r := range c.config {
		if r.Address == address {
			return r
		}
	}
	return Resource{}
}

// result is what a command has done and said.
type result struct {
	// failed is the step in which it has failed; empty for none.
	failed string
	// dead is set when the process has died.
	dead bool
	// changes says what is planned, by address; empty when nothing is.
	changes []string
	said    []message
	// shown are the planned objects.
	shown []document
	// logged is what was logged, and printed what Terraform printed.
	logged, printed string
	// bugs are what Terraform calls a bug of the provider.
	bugs []string
}

// message is an error or a warning.
type message struct {
	isError bool
	address string
	text    string
}

func (r result) errors() []message {
	return slices.DeleteFunc(slices.Clone(r.said), func(m message) bool { return !m.isError })
}

// says reports whether one of the messages has a text in it.
func (r result) says(text string) bool {
	return slices.ContainsFunc(r.said, func(m message) bool { return strings.Contains(m.text, text) })
}

// document is an object of the state, or a planned one.
type document struct {
	where, address, kind string
	values               map[string]any
	// private is what the provider remembers beside them, in words.
	private          string
	tainted, deposed bool
}

func (d document) text(name string) string {
	text, _ := d.values[name].(string)
	return text
}

// encrypts reports whether the object names recipients for its secrets.
func (d document) encrypts() bool {
	recipients, _ := d.values["encrypt_secret_to"].([]any)
	return len(recipients) > 0
}

// texts are all texts in the values, by the top attribute that they are in.
func (d document) texts(visit func(attribute, text string)) {
	for _, name := range slices.Sorted(maps.Keys(d.values)) {
		walk(d.values[name], func(text string) { visit(name, text) })
	}
}

func walk(value any, visit func(string)) {
	switch value := value.(type) {
	case string:
		visit(value)
	case []any:
		for _, one := range value {
			walk(one, visit)
		}
	case map[string]any:
		for _, one := range value {
			walk(one, visit)
		}
	}
}
