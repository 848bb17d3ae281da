package system

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// Values are what a system makes its client from: its block, completed from the environment.
type Values struct {
	// HTTP carries the base URL and what all systems' clients share.
	HTTP rest.Options

	texts map[string]string
}

// Text returns an argument; empty where it belongs to a way to log in that is not used.
func (v Values) Text(argument string) string { return v.texts[argument] }

// Secret returns an argument that is a secret.
func (v Values) Secret(argument string) rest.Secret { return rest.NewSecret(v.texts[argument]) }

// reading is a block on its way to the values.
type reading struct {
	system System
	given  map[string]attr.Value
	getenv func(string) string

	texts map[string]string
	// summary is what is wrong in a word, details what it is, fault by fault.
	summary string
	details []string
}

// read completes a block from the environment. The diagnostic names everything that is missing or unusable. It has no attribute
// path: an object shows it, and the path would lead into the object's own schema.
func (s System) read(block types.Object, getenv func(string) string) (map[string]string, diag.Diagnostic) {
	r := &reading{system: s, given: block.Attributes(), getenv: getenv, texts: map[string]string{}}
	if ways := r.ways(); len(ways) > 1 {
		return nil, diag.NewErrorDiagnostic("Conflicting credentials", "The provider's \""+s.Name+"\" block names "+strings.Join(ways, ", and ")+
			", which are different ways to log in. Set only one of them.")
	}
	login := r.login()
	var lacking []string
	for _, a := range s.Block.arguments() {
		if s.Block.isLogin(a.Name) && !slices.Contains(login, a.Name) {
			continue
		}
		if isSaid := r.take(a); !isSaid && r.texts[a.Name] == "" {
			lacking = append(lacking, s.Block.mention(a.Name))
		}
	}
	var missing []string
	if len(lacking) > 0 {
		missing = append(missing, strings.Join(lacking, ", "))
	}
	if len(s.Block.Logins) > 0 && login == nil {
		var ways []string
		for _, way := range s.Block.Logins {
			ways = append(ways, s.Block.mention(way...))
		}
		missing = append(missing, strings.Join(ways, ", or "))
	}
	if len(missing) > 0 {
		r.fault(s.Title+" is not configured", "The configuration uses an object of "+s.Title+", but the provider does not know "+strings.Join(missing, "; ")+
			". Set it in the provider's \""+s.Name+"\" block, or set the environment variable named in parentheses.")
	}
	if len(r.details) == 0 {
		return r.texts, nil
	}
	return nil, diag.NewErrorDiagnostic(r.summary, strings.Join(r.details, "\n"))
}

// isUsed reports whether a block or the environment mentions a system. The base URL has no default, so nobody uses a system without one.
func (s System) isUsed(block types.Object, getenv func(string) string) bool {
	return !block.IsNull() || s.Block.BaseURL.Variable != "" && strings.TrimSpace(getenv(s.Block.BaseURL.Variable)) != ""
}

// login chooses among several ways to log in: the one that the block names, and else the first one that the environment does.
func (r *reading) login() []string {
	inEnvironment := map[string]bool{}
	for _, a := range r.system.Block.Arguments {
		inEnvironment[a.Name] = a.Variable != "" && strings.TrimSpace(r.getenv(a.Variable)) != ""
	}
	for _, isNamed := range []func(string) bool{r.isGiven, func(argument string) bool { return inEnvironment[argument] }} {
		for _, way := range r.system.Block.Logins {
			if slices.ContainsFunc(way, isNamed) {
				return way
			}
		}
	}
	return nil
}

// ways are the ways to log in that the block names, by those of their arguments that it sets. One that is empty is not meant.
func (r *reading) ways() []string {
	var ways []string
	for _, way := range r.system.Block.Logins {
		if given := slices.DeleteFunc(slices.Clone(way), func(argument string) bool { return !r.isGiven(argument) || r.isEmpty(argument) }); len(given) > 0 {
			ways = append(ways, strings.Join(given, " and "))
		}
	}
	return ways
}

func (r *reading) isEmpty(argument string) bool {
	text, ok := r.given[argument].(types.String)
	return ok && strings.TrimSpace(text.ValueString()) == ""
}

func (r *reading) isGiven(argument string) bool {
	value, ok := r.given[argument]
	return ok && !value.IsNull()
}

// take takes an argument from the block, the environment or the default. What a file or a shell puts around a value goes: white
// space in the environment, and line breaks at its ends in the block, where a space may belong to a password. It reports whether it has
// found fault with the argument.
func (r *reading) take(a Argument) bool {
	var value, source string
	summary := "Invalid " + a.Name
	if a.Name == baseURLName {
		summary = "Invalid base URL"
	}
	if text, ok := r.given[a.Name].(types.String); ok && r.isGiven(a.Name) {
		value, source = strings.Trim(text.ValueString(), "\r\n"), "The argument "+r.system.Name+"."+a.Name
		if r.isEmpty(a.Name) {
			advice := ": give it a value."
			if a.Variable != "" {
				advice = ": give it a value, or remove it, so that the environment variable " + a.Variable + " is used."
			}
			r.fault(summary, source+" is empty"+advice)
			return true
		}
	} else if a.Variable != "" {
		value, source = strings.TrimSpace(r.getenv(a.Variable)), "The environment variable "+a.Variable
	}
	if value == "" {
		value = a.Default
	}
	r.texts[a.Name] = value
	err := a.check(value)
	if err != nil {
		r.fault(summary, source+" cannot be used: "+err.Error()+".")
	}
	return err != nil
}

func (r *reading) fault(summary, detail string) {
	if r.summary == "" {
		r.summary = summary
	}
	r.details = append(r.details, detail)
}

// mention names arguments that are needed together, with their variables.
func (b Block) mention(arguments ...string) string {
	text := strings.Join(arguments, " and ")
	if variables := b.variables(func(argument string) bool { return slices.Contains(arguments, argument) }); len(variables) > 0 {
		text += " (" + strings.Join(variables, ", ") + ")"
	}
	return text
}
