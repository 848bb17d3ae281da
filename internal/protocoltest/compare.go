package protocoltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// shortcut is a provider that answers for some unchanged objects without the framework.
type shortcut interface {
	ReadStored(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, context.Context)
	PlanUnchanged(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse
}

// wholeServer is what the framework's server can do.
type wholeServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// Compared is the protocol server of a provider that answers for some objects without the framework. It has each refresh and each plan made
// in both ways, and fails a call for which they differ. The server is asked once for a refresh: the framework answers from the same.
func Compared(of provider.Provider) func() (tfprotov6.ProviderServer, error) {
	return func() (tfprotov6.ProviderServer, error) {
		server, isWhole := providerserver.NewProtocol6(of)().(wholeServer)
		short, answers := of.(shortcut)
		if !isWhole || !answers {
			return nil, errors.New("the provider has no shortcut, or its server lacks a part")
		}
		return comparing{server, short}, nil
	}
}

type comparing struct {
	wholeServer
	short shortcut
}

// ReadResource implements [tfprotov6.ProviderServer].
func (s comparing) ReadResource(ctx context.Context, request *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	short, ctx := s.short.ReadStored(ctx, request)
	whole, err := s.wholeServer.ReadResource(ctx, request)
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

// PlanResourceChange implements [tfprotov6.ProviderServer].
func (s comparing) PlanResourceChange(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	short := s.short.PlanUnchanged(ctx, request)
	whole, err := s.wholeServer.PlanResourceChange(ctx, request)
	if short == nil || err != nil {
		return whole, err
	}
	// What is said once in a run has been said: nothing else may be in a short answer.
	said := *whole
	said.Diagnostics = slices.Concat(short.Diagnostics, whole.Diagnostics)
	if isSame, err := s.isSame(ctx, request.TypeName, short.PlannedState, whole.PlannedState); err != nil {
		return nil, err
	} else if isSame {
		said.PlannedState = short.PlannedState
	}
	if diff := cmp.Diff(said, *short, cmp.Comparer(sameBytes)); diff != "" {
		return nil, fmt.Errorf("without the framework the plan of an unchanged object is another one: %s", diff)
	}
	return short, nil
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
