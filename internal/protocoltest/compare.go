package protocoltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// shortened is a provider that answers for some unchanged objects without the framework.
type shortened interface {
	serve.Shortcut
	// Connected is what its objects share in a run.
	Connected() system.ProviderData
}

// Served is the protocol server of a new provider, as it is served to whoever wants no logs.
func Served(newProvider func() provider.Provider) func() (tfprotov6.ProviderServer, error) {
	return func() (tfprotov6.ProviderServer, error) { return serve.Server(newProvider(), false), nil }
}

// Compared is the protocol server of a provider that answers for some objects without the framework. It has each refresh and each plan made
// in both ways, and fails a call for which they differ. The server is asked once for a refresh: the framework answers from the same. A plan
// is made twice from the same memory of the run, and both ways must leave the same one.
func Compared(of provider.Provider) func() (tfprotov6.ProviderServer, error) {
	return func() (tfprotov6.ProviderServer, error) {
		server, isFull := providerserver.NewProtocol6(of)().(serve.FullServer)
		short, answers := of.(shortened)
		if !isFull || !answers {
			return nil, errors.New("the provider has no shortcut, or its server lacks a part")
		}
		return comparing{server, short, new(sync.RWMutex)}, nil
	}
}

type comparing struct {
	serve.FullServer
	short shortened
	// calls is locked by a plan that is made twice, and read-locked by every other call that may change the memory of the run.
	calls *sync.RWMutex
}

// ReadResource implements [tfprotov6.ProviderServer].
func (s comparing) ReadResource(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	s.calls.RLock()
	defer s.calls.RUnlock()
	short, ctx := s.short.ReadStored(ctx, request)
	whole, err := s.FullServer.ReadResource(ctx, request)
	if short == nil || err != nil {
		return whole, err
	}
	said := *whole
	if isSame, err := s.isSame(ctx, request.TypeName, short.NewState, whole.NewState); err != nil {
		return nil, err
	} else if isSame {
		said.NewState = short.NewState
	}
	if diff := cmp.Diff(said, *short, cmp.Comparer(sameBytes)); diff != "" {
		return nil, fmt.Errorf("without the framework the refresh of an unchanged object is another one: %s", diff)
	}
	return short, nil
}

// ApplyResourceChange implements [tfprotov6.ProviderServer].
func (s comparing) ApplyResourceChange(ctx context.Context, request *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	s.calls.RLock()
	defer s.calls.RUnlock()
	return s.FullServer.ApplyResourceChange(ctx, request)
}

// PlanResourceChange implements [tfprotov6.ProviderServer].
func (s comparing) PlanResourceChange(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	if s.calls.TryLock() {
		answer, err := s.planTwice(ctx, request)
		s.calls.Unlock()
		if answer != nil || err != nil {
			return answer, err
		}
	}
	// The framework may have to wait for a server now, or for other calls, whose memory cannot be told from that of this one.
	s.calls.RLock()
	defer s.calls.RUnlock()
	return s.FullServer.PlanResourceChange(ctx, request)
}

// planTwice plans without the framework, and then with it. It answers nothing where only the framework can plan, and fails where
// somebody could notice that it has not been asked first.
func (s comparing) planTwice(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	run := s.short.Connected()
	before := run.Memory()
	short := s.short.PlanUnchanged(ctx, request)
	shortAfter := run.Memory()
	run.Recall(before)
	if short == nil {
		return nil, sameMemory(before, shortAfter)
	}
	whole, err := s.FullServer.PlanResourceChange(ctx, request)
	if err != nil {
		return nil, err
	}
	said := *whole
	said.Diagnostics = slices.Concat(whole.Diagnostics) // nil for none
	if isSame, err := s.isSame(ctx, request.TypeName, short.PlannedState, whole.PlannedState); err != nil {
		return nil, err
	} else if isSame {
		said.PlannedState = short.PlannedState
	}
	if diff := cmp.Diff(said, *short, cmp.Comparer(sameBytes)); diff != "" {
		return nil, fmt.Errorf("without the framework the plan of an unchanged object is another one: %s", diff)
	}
	return short, sameMemory(run.Memory(), shortAfter)
}

func sameMemory(whole, short system.Memory) error {
	if !reflect.DeepEqual(whole, short) {
		return fmt.Errorf("a plan without the framework leaves the run with another memory: %+v instead of %+v", short, whole)
	}
	return nil
}

func sameBytes(one, other *tfprotov6.DynamicValue) bool {
	return one == other || one != nil && other != nil && bytes.Equal(one.MsgPack, other.MsgPack)
}

// isSame compares states of a type. The framework encodes the elements of a map in any order.
func (s comparing) isSame(ctx context.Context, name string, one, other *tfprotov6.DynamicValue) (bool, error) {
	if one == nil || other == nil || sameBytes(one, other) {
		return sameBytes(one, other), nil
	}
	schemas, err := s.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return false, err
	}
	kind := schemas.ResourceSchemas[name].ValueType()
	first, errFirst := one.Unmarshal(kind)
	second, errSecond := other.Unmarshal(kind)
	return first.Equal(second), errors.Join(errFirst, errSecond)
}
