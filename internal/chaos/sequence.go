package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// Sequence is everything that happens in one world, from nothing to the end.
type Sequence struct {
	Seed     uint64   `json:"seed"`
	Switches Switches `json:"switches"`
	// APIVersion is the argument sailpoint.api_version, MaxRetries http.max_retries.
	APIVersion string `json:"api_version"`
	MaxRetries int    `json:"max_retries"`
	// Password is set where the provider logs in to Magpie with a password: an access token does not tell whose it is.
	Password bool `json:"password,omitempty"`
	// Traced sequences log at trace level, and the log is searched for secrets.
	Traced bool   `json:"traced,omitempty"`
	Steps  []Step `json:"steps"`
}

// Switches are what each vendor's pages leave open.
type Switches struct {
	SailPoint   sailpoint.Switches   `json:"sailpoint"`
	Magpie      magpie.Switches      `json:"magpie"`
	TrueFoundry truefoundry.Switches `json:"truefoundry"`
}

// Kind is what a step does.
type Kind string

// The kinds of steps.
const (
	// Set puts a resource into the configuration, or changes its arguments; Remove takes it out; Move gives it another address.
	Set    Kind = "set"
	Remove Kind = "remove"
	Move   Kind = "move"
	// Apply refreshes, plans and applies; Plan saves a plan, and ApplySaved applies the one that was saved last.
	Apply      Kind = "apply"
	Plan       Kind = "plan"
	ApplySaved Kind = "apply_saved"
	// Import takes a resource out of the state and imports its token again. Adopt imports a token that somebody else has made.
	Import Kind = "import"
	Adopt  Kind = "adopt"
	// Destroy destroys everything.
	Destroy Kind = "destroy"
	// Ephemeral lends a token to one run.
	Ephemeral Kind = "ephemeral"
	// Wait lets time pass.
	Wait Kind = "wait"
	// Outside is what others do to tokens.
	Outside Kind = "outside"
	// Login makes the provider log in as somebody else, until the next Login without one.
	Login Kind = "login"
	// Order lets requests go wrong.
	Order Kind = "fault"
	// Invoke invokes an action, and Inquire reads a list and the inventory: at the level of the protocol alone.
	Invoke  Kind = "invoke"
	Inquire Kind = "inquire"
)

// Step is one thing that happens. Which fields it needs depends on its kind.
type Step struct {
	Do Kind `json:"do"`
	// Resource is that of Set; of Remove, Move, Import and Outside only its address counts, of Ephemeral and Adopt all but that. For Invoke its
	// type is that of the action, and for Inquire that of the list. Among their ids "managed" stands for those in the state, and "theirs" for
	// those of others.
	Resource Resource `json:"resource,omitzero"`
	// To is the new address of Move.
	To string `json:"to,omitempty"`
	// NoRefresh is the option -refresh=false.
	NoRefresh bool `json:"no_refresh,omitempty"`
	// After is how much later than its plan an apply of Plan is made, or how long Wait waits.
	After fakeapi.Duration `json:"after,omitempty"`
	// Kill ends the process of an apply.
	Kill *Kill `json:"kill,omitempty"`
	// Skip leaves an ephemeral token open, as a run does that breaks off.
	Skip bool `json:"skip,omitempty"`
	// Unknown is an argument that the plan of an apply does not know yet, of the resource at the address of Resource.
	Unknown string `json:"unknown,omitempty"`
	// Act is what Outside does: "delete", "disable", "edit" or "rotate" to the current token of a resource, or to its "previous" one;
	// or "make" for a new one of somebody else, of the type of the resource.
	Act      string `json:"act,omitempty"`
	Previous bool   `json:"previous,omitempty"`
	// System is that of Login.
	System string `json:"system,omitempty"`
	Other  bool   `json:"other,omitempty"`
	// Fault is that of Order, and Fine how many requests that match still go well before it.
	Fault fakeapi.Fault `json:"fault,omitzero"`
	Fine  int           `json:"fine,omitempty"`
}

// Resource is one in the configuration.
type Resource struct {
	Address string `json:"address,omitempty"`
	Type    string `json:"type,omitempty"`
	// Arguments are as JSON has them. A text "now+400h" stands for that time, counted from the step, "recipient:0" for a public key.
	Arguments map[string]any `json:"arguments,omitempty"`
	// CreateBeforeDestroy and IgnoreChanges are those of the resource's lifecycle; "all" ignores every change.
	CreateBeforeDestroy bool     `json:"create_before_destroy,omitempty"`
	IgnoreChanges       []string `json:"ignore_changes,omitempty"`
}

// Kill says when a process dies.
type Kill struct {
	// With is the request, counted from 1, with which it dies; with AfterAnswer it still gets the answer. OnlyWrites counts those alone
	// that change something.
	With        int  `json:"with"`
	AfterAnswer bool `json:"after_answer,omitempty"`
	OnlyWrites  bool `json:"only_writes,omitempty"`
}

// load reads what -replay names: a file with a sequence, or a seed.
func load(from string) (Sequence, error) {
	if seed, err := strconv.ParseUint(from, 10, 64); err == nil {
		return Generate(seed), nil
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return Sequence{}, err
	}
	var s Sequence
	if err := json.Unmarshal(text, &s); err != nil {
		return Sequence{}, fmt.Errorf("%s: %w", from, err)
	}
	return s, nil
}
