package main

import (
	"math/big"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// plainOf are attributes as JSON has them; what is unknown is left out.
func plainOf(of protocoltest.Attributes) map[string]any {
	all := map[string]any{}
	for name, value := range of {
		if plain := plainValue(value); plain != nil {
			all[name] = plain
		}
	}
	return all
}

func plainValue(of tftypes.Value) any {
	if of.IsNull() || !of.IsKnown() {
		return nil
	}
	kind := of.Type()
	switch {
	case kind.Is(tftypes.String):
		var text string
		_ = of.As(&text)
		return text
	case kind.Is(tftypes.Bool):
		var is bool
		_ = of.As(&is)
		return is
	case kind.Is(tftypes.Number):
		number := new(big.Float)
		_ = of.As(&number)
		plain, _ := number.Float64()
		return plain
	case kind.Is(tftypes.Object{}), kind.Is(tftypes.Map{}):
		var fields map[string]tftypes.Value
		_ = of.As(&fields)
		return plainOf(fields)
	default:
		var elements []tftypes.Value
		_ = of.As(&elements)
		all := make([]any, 0, len(elements))
		for _, one := range elements {
			all = append(all, plainValue(one))
		}
		return all
	}
}
