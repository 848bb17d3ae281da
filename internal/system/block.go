package system

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
)

// baseURLName is the argument that every block has.
const baseURLName = "base_url"

// Block declares a system's part of the provider block. All of its arguments are texts, and every one is needed that has no
// default and belongs to no login.
type Block struct {
	// Description is the block's MarkdownDescription.
	Description string
	// BaseURL declares the argument base_url; its name goes without saying.
	BaseURL Argument
	// Arguments are the other ones.
	Arguments []Argument
	// Logins names the arguments of each way to log in, where there are several. Exactly one way is needed. What the block
	// names is not mixed with another way from the environment; there, an earlier way goes before a later one.
	Logins [][]string
}

// Argument is one argument of a block.
type Argument struct {
	Name string
	// Variable is the environment variable that sets the argument where the block does not; empty for none.
	Variable string
	// Description is the MarkdownDescription; the sentence about the variable is added.
	Description string
	// Secret hides the value.
	Secret bool
	// Default holds where neither the block nor the environment says anything.
	Default string
	// OneOf are the allowed values; none allows all.
	OneOf []string
}

// arguments are all of the block's, the base URL first.
func (b Block) arguments() []Argument {
	base := b.BaseURL
	base.Name = baseURLName
	return append([]Argument{base}, b.Arguments...)
}

// isLogin reports whether an argument belongs to one of several ways to log in.
func (b Block) isLogin(argument string) bool {
	return slices.ContainsFunc(b.Logins, func(way []string) bool { return slices.Contains(way, argument) })
}

// variables names the environment variables of those arguments that are meant.
func (b Block) variables(meant func(argument string) bool) []string {
	var names []string
	for _, a := range b.arguments() {
		if a.Variable != "" && meant(a.Name) {
			names = append(names, a.Variable)
		}
	}
	return names
}

// Attribute is the system's attribute of the provider block. It validates nothing: what cannot be used is an error only where an object
// of the system is.
func (s System) Attribute() schema.SingleNestedAttribute {
	attributes := map[string]schema.Attribute{}
	for _, a := range s.Block.arguments() {
		description := a.Description
		if a.Variable != "" {
			description += " May also be set with `" + a.Variable + "`."
		}
		attributes[a.Name] = schema.StringAttribute{
			Optional: true, Sensitive: a.Secret, MarkdownDescription: description,
		}
	}
	return schema.SingleNestedAttribute{Optional: true, MarkdownDescription: s.Block.Description, Attributes: attributes}
}

// check says why a value cannot be used, without the value: it may be a secret.
func (a Argument) check(value string) error {
	switch {
	case value == "":
		return nil
	case a.Name == baseURLName:
		_, err := ParseBaseURL(value)
		return err
	case strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("it holds a line break or another control character")
	case len(a.OneOf) > 0 && !slices.Contains(a.OneOf, value):
		return fmt.Errorf("it must be one of %s", strings.Join(a.OneOf, ", "))
	}
	return nil
}
