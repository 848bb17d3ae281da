package sandboxtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// BlockOption changes the text of a provider block.
type BlockOption func(*block)

// block is a provider block in the making; values are HCL expressions.
type block struct {
	top     map[string]string
	systems map[string]map[string]string
}

// Top sets an argument of the block itself to an HCL expression.
func Top(name, expression string) BlockOption {
	return func(b *block) { b.top[name] = expression }
}

// Alias names the block.
func Alias(name string) BlockOption { return Top("alias", strconv.Quote(name)) }

// Argument sets an argument of one system to an HCL expression, in live mode too. An empty expression leaves the argument out.
func Argument(system, name, expression string) BlockOption {
	return func(b *block) {
		if b.systems[system] == nil {
			b.systems[system] = map[string]string{}
		}
		b.systems[system][name] = expression
		if expression == "" {
			delete(b.systems[system], name)
		}
	}
}

// Without leaves a system out of the block.
func Without(system string) BlockOption {
	return func(b *block) { delete(b.systems, system) }
}

// ProviderBlock is the text of a provider block that points at this sandbox; in live mode one that leaves everything to
// the environment.
func (sb *Sandbox) ProviderBlock(opts ...BlockOption) string {
	b := &block{top: map[string]string{}, systems: map[string]map[string]string{}}
	if sb.Sandbox != nil {
		for _, system := range sb.Systems() {
			for _, setting := range sb.Settings(system) {
				if setting.Argument != "" {
					Argument(system, setting.Argument, strconv.Quote(setting.Value))(b)
				}
			}
		}
	}
	for _, option := range opts {
		option(b)
	}
	var text strings.Builder
	text.WriteString("provider \"mint\" {\n")
	for _, name := range slices.Sorted(maps.Keys(b.top)) {
		fmt.Fprintf(&text, "  %s = %s\n", name, b.top[name])
	}
	for _, system := range slices.Sorted(maps.Keys(b.systems)) {
		fmt.Fprintf(&text, "  %s = {\n", system)
		arguments := b.systems[system]
		for _, name := range slices.Sorted(maps.Keys(arguments)) {
			fmt.Fprintf(&text, "    %s = %s\n", name, arguments[name])
		}
		text.WriteString("  }\n")
	}
	text.WriteString("}\n")
	return text.String()
}
