package system

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// Unchanged is an object for which Terraform proposes, with a configuration, just the state that it has.
type Unchanged struct {
	Config, State tftypes.Value
	Schema        rotation.Schema
	Private       rotation.PrivateReader
}

// Planner is a resource that can tell without the framework what its plan of an unchanged object is.
type Planner interface {
	// PlansNothing reports whether ModifyPlan would leave an unchanged object as it is, and say no more than these warnings, which have no
	// path. Where it is false, ModifyPlan decides, and finds everything as if it had not been asked.
	PlansNothing(ctx context.Context, object Unchanged) (bool, diag.Diagnostics)
}

// IsConnected reports whether there is a client, without a word where there is none.
func (b *base[C]) IsConnected() bool { return b.connection != nil && b.connection.problem == nil }
