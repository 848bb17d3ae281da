package lifecycle_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// countingProvider counts the refreshes and the plans that are made without the framework.
type countingProvider struct {
	*toyProvider
	reads, short int
	// again is the context of the last refresh, as the framework is called in it.
	again context.Context //nolint:containedctx // a test looks at what it still holds
}

func (p *countingProvider) ReadStored(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context) {
	answer, ctx := p.toyProvider.ReadStored(ctx, request)
	p.again = ctx
	if answer != nil {
		p.reads++
	}
	return answer, ctx
}

func (p *countingProvider) PlanUnchanged(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	answer := p.toyProvider.PlanUnchanged(ctx, request)
	if answer != nil {
		p.short++
	}
	return answer
}

// An unchanged token is planned without the framework; one that changes, is due, or is to be warned of is not.
func TestPlansNothing(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Run(overlapping())
	of, e := counted(t, w)
	plans := func(what string, config values, short int) {
		t.Helper()
		of.short = 0
		read := e.MustRead(w.Object)
		e.MustPlan(read, config)
		if of.short != short {
			t.Errorf("%s: %d plans were made without the framework instead of %d", what, of.short, short)
		}
	}
	if e.MustPlan(w.Object, overlapping()); of.short != 1 {
		t.Errorf("without a refresh: %d plans were made without the framework", of.short)
	}
	plans("unchanged", overlapping(), 1)
	plans("another region", overlapping().With(values{"region": "us"}), 0)
	plans("another lead", overlapping().With(values{"rotate_before_expiry": "100h"}), 0)
	w.Pass(25 * day)
	plans("due", overlapping(), 0)
}

// TestPlansNothing_unreadableRecord: that private state cannot be read is said by a plan without a refresh, too, whose object is unchanged.
func TestPlansNothing_unreadableRecord(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Run(overlapping())
	w.Remember(`{"version":99}`)
	of, e := counted(t, w)
	plan := e.MustPlan(w.Object, overlapping())
	if changes := plan.Changes(); len(changes) > 0 || of.short != 0 {
		t.Errorf("a change of %v is planned, or the framework was not asked", changes)
	}
	says(t, plan.Diagnostics, "The private state of a token cannot be read")
}

// TestReadStored_unreadable: a state with a duration or a time that is none fails the refresh and the plan; read as one that is
// not set, it would switch the rotation off.
func TestReadStored_unreadable(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Run(overlapping())
	created := w.Object.Text("created_at")
	for attribute, texts := range map[string][2]string{"rotate_before_expiry": {"168h", "soon"}, "overlap": {"24h", "day"}, "created_at": {created, strings.Repeat("?", len(created))}} {
		damaged := *w.Object
		damaged.State = &tfprotov6.DynamicValue{MsgPack: bytes.ReplaceAll(w.Object.State.MsgPack, []byte(texts[0]), []byte(texts[1]))}
		_, e := counted(t, w)
		same := overlapping()
		if _, isArgument := same[attribute]; isArgument {
			same[attribute] = texts[1]
		}
		_, said := e.Read(&damaged)
		for what, said := range map[string]diagnostics{
			"a refresh": said, "a plan": e.Plan(&damaged, same).Diagnostics, "a change": e.Plan(&damaged, overlapping()).Diagnostics,
		} {
			if said = said.Errors(); len(said) != 1 || !strings.HasPrefix(said[0].Summary, "Invalid ") || len(said.At(attribute)) != 1 {
				t.Errorf("%s with %s says %s", what, attribute, said)
			}
		}
	}
}

// counted starts a process for the toys of a world, and returns its provider, too.
func counted(t *testing.T, w *toy) (*countingProvider, *protocoltest.Engine) {
	t.Helper()
	of := &countingProvider{toyProvider: newToyProvider(newToyClient(w.toyServer, &protocoltest.Network{}))}
	return of, protocoltest.Start(t, protocoltest.Process{Server: protocoltest.Compared(of), Schemas: toySchemas, Resource: named, Block: values{}})
}

// An unchanged token is refreshed without the framework, whether or not the engine keeps identities; one of which anything is new is not.
func TestReadStored(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Run(overlapping())
	reads := func(what string, prior *protocoltest.Object, short int) *protocoltest.Object {
		t.Helper()
		of, e := counted(t, w)
		read := e.MustRead(prior)
		// The framework keeps the context.
		if held, isHeld := system.Carried[system.Sighting](of.again); isHeld {
			t.Errorf("%s: the context of the refresh still holds %v", what, held)
		}
		if of.reads != short {
			t.Errorf("%s: %d refreshes were made without the framework instead of %d", what, of.reads, short)
		}
		return read
	}
	stored := reads("unchanged", w.Object, 1)
	nobody := *stored
	nobody.Identity = nil
	if read := reads("no identity", &nobody, 1); read.IdentityAttributes.Text("id") != "t1" {
		t.Errorf("the identity is %v", read.IdentityAttributes)
	}
	w.Pass(25 * day)
	due := reads("due", stored, 0)
	if due.Text("status") != rotation.StatusDue {
		t.Errorf("the status is %s", due.Text("status"))
	}
	reads("due as before", due, 1)
	w.Fail("list", unavailable)
	of, e := counted(t, w)
	if _, said := e.Read(due); !said.Failed() || of.reads != 0 {
		t.Errorf("a refresh that fails says %s", said)
	}
	w.Remove("t1")
	if read := reads("gone", due, 0); read != nil {
		t.Errorf("read %v", read.Attributes)
	}
}
