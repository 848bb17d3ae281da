package lifecycle_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// countingProvider counts the plans that are made without the framework.
type countingProvider struct {
	*toyProvider
	short int
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
	of := &countingProvider{toyProvider: newToyProvider(newToyClient(w.toyServer, &protocoltest.Network{}))}
	e := protocoltest.Start(t, protocoltest.Process{Server: protocoltest.Compared(of), Schemas: toySchemas, Resource: named, Block: values{}})
	plans := func(what string, config values, short int) {
		t.Helper()
		of.short = 0
		read := e.MustRead(w.Object)
		e.MustPlan(read, config)
		if of.short != short {
			t.Errorf("%s: %d plans were made without the framework instead of %d", what, of.short, short)
		}
	}
	plans("unchanged", overlapping(), 1)
	plans("another region", overlapping().With(values{"region": "us"}), 0)
	plans("another lead", overlapping().With(values{"rotate_before_expiry": "100h"}), 0)
	w.Pass(25 * day)
	plans("due", overlapping(), 0)
}
