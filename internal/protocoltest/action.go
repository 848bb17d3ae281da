package protocoltest

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// actor is the provider, which must have actions.
func (e *Engine) actor() tfprotov6.ActionServer {
	e.t.Helper()
	server, acts := e.server.(tfprotov6.ActionServer)
	if !acts {
		e.t.Fatal("the provider has no actions")
	}
	return server
}

// ValidateAction says what the provider finds wrong with the configuration of an action by itself.
func (e *Engine) ValidateAction(name string, config Values) Diagnostics {
	e.t.Helper()
	answer, err := e.actor().ValidateActionConfig(e.ctx, &tfprotov6.ValidateActionConfigRequest{
		ActionType: name, Config: e.action(name, config),
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return answer.Diagnostics
}

// PlanAction plans an action, which changes nothing. It returns nothing when the process has died.
func (e *Engine) PlanAction(name string, config Values) Diagnostics {
	e.t.Helper()
	answer := call(e, e.actor().PlanAction, &tfprotov6.PlanActionRequest{ActionType: name, Config: e.action(name, config)})
	if answer == nil {
		return nil
	}
	e.blameless(answer.Diagnostics)
	if answer.Deferred != nil {
		e.t.Fatalf("%s was deferred, which Terraform has not offered", name)
	}
	return answer.Diagnostics
}

// Invoke invokes an action and returns what it says on the way, line by line, and at its end. It returns nothing when the process has died.
func (e *Engine) Invoke(name string, config Values) (progress []string, diagnostics Diagnostics) {
	e.t.Helper()
	request := &tfprotov6.InvokeActionRequest{ActionType: name, Config: e.action(name, config)}
	e.allKnown(e.decode(e.schemas.actions[name], request.Config), "invoked")
	all := call(e, events(e.actor()), request)
	if all == nil {
		return nil, nil
	}
	ended := false
	for _, event := range *all {
		if ended {
			e.t.Errorf("%s goes on after its end", name)
		}
		switch event := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, event.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			ended, diagnostics = true, append(diagnostics, event.Diagnostics...)
		}
	}
	if e.blameless(diagnostics); !ended {
		e.t.Errorf("%s comes to no end", name)
	}
	return progress, diagnostics
}

// events takes what an action says until it is silent.
func events(from tfprotov6.ActionServer) func(context.Context, *tfprotov6.InvokeActionRequest) (*[]tfprotov6.InvokeActionEvent, error) {
	return func(ctx context.Context, request *tfprotov6.InvokeActionRequest) (*[]tfprotov6.InvokeActionEvent, error) {
		answer, err := from.InvokeAction(ctx, request)
		if err != nil {
			return nil, err
		}
		all := []tfprotov6.InvokeActionEvent{}
		for event := range answer.Events {
			all = append(all, event)
		}
		return &all, nil
	}
}

// action is the configuration of an action on its way to the provider.
func (e *Engine) action(name string, config Values) *tfprotov6.DynamicValue {
	e.t.Helper()
	return e.dynamic(declared(e, "action", e.schemas.actions, name), config)
}
