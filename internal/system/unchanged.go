package system

import (
	"context"
	"sync/atomic"

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

// UnchangedPlanner is a resource that can tell without the framework what its plan of an unchanged object is.
type UnchangedPlanner interface {
	// PlansNothing reports whether ModifyPlan would leave an unchanged object as it is, and say no more than these warnings, which have no
	// path. Where it is false, ModifyPlan decides, and finds everything as if it had not been asked.
	PlansNothing(ctx context.Context, object Unchanged) (bool, diag.Diagnostics)
}

// Stored is an object as it is stored.
type Stored struct {
	State   tftypes.Value
	Schema  rotation.Schema
	Private rotation.PrivateReader
}

// Reader is a resource that can read an object without the framework.
type Reader interface {
	// ReadStored reads an object, as Read would. Read finds what it returns by [Carried], and does not read again.
	ReadStored(ctx context.Context, object Stored) Sighting
}

// Sighting is what a resource has found of an object.
type Sighting interface {
	// IsUnchanged reports whether Read would change neither the state nor what is private, and say nothing.
	IsUnchanged() bool
	// Identity are the texts of an unchanged object's identity.
	Identity() map[string]string
}

type sightingKey struct{}

// carrier hands a sighting over once. The framework keeps the context of every call, and a context must not keep an object.
type carrier struct{ sighting atomic.Pointer[Sighting] }

func carrying(ctx context.Context, sighting Sighting) context.Context {
	c := &carrier{}
	c.sighting.Store(&sighting)
	return context.WithValue(ctx, sightingKey{}, c)
}

// Carried takes from the context of a Read what it carries of the object, where that has been read already.
func Carried[S Sighting](ctx context.Context) (S, bool) {
	var none S
	c, ok := ctx.Value(sightingKey{}).(*carrier)
	if !ok {
		return none, false
	}
	carried := c.sighting.Swap(nil)
	if carried == nil {
		return none, false
	}
	sighting, ok := (*carried).(S)
	return sighting, ok
}

// IsConnected reports whether there is a client, without a word where there is none.
func (b *base[C]) IsConnected() bool { return b.connection != nil && b.connection.problem == nil }
