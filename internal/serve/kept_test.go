package serve_test

import (
	"context"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"weak"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

// passedOn are the calls that Terraform makes a few times in a run, and those of state stores, which this provider does not
// have. Every other call is made per object.
var passedOn = []string{
	"GetMetadata", "GetProviderSchema", "GetResourceIdentitySchemas", "GetFunctions", "ValidateProviderConfig", "ConfigureProvider", "StopProvider",
	"ValidateStateStoreConfig", "ConfigureStateStore", "ReadStateBytes", "WriteStateBytes", "GetStates", "DeleteState", "LockState", "UnlockState",
}

func newFrameworkServer() tfprotov6.ProviderServer {
	return providerserver.NewProtocol6(newChattyProbe())()
}

// A call that is made per object lets go of its context, and one that the protocol gains is either wrapped or named above.
func TestNoCallPerObjectKeepsItsContext(t *testing.T) {
	t.Parallel()
	for method := range reflect.TypeFor[serve.FullServer]().Methods() {
		if slices.Contains(passedOn, method.Name) {
			continue
		}
		t.Run(method.Name, func(t *testing.T) {
			t.Parallel()
			if keepsContext(t, serve.Forgetful(newFrameworkServer()), method.Name) {
				t.Errorf("the context of %s is still in memory after the call: forgetfulServer must wrap it (or the test must pass it on)", method.Name)
			}
			if !keepsContext(t, newFrameworkServer(), method.Name) {
				t.Errorf("the framework itself no longer keeps the context of %s: forgetfulServer may have become superfluous", method.Name)
			}
		})
	}
}

// What the framework's server can do, the wrapped one can do: the protocol library looks for optional parts by interface.
func TestWrappedServerHasEveryPart(t *testing.T) {
	t.Parallel()
	wrapped := serve.Forgetful(newFrameworkServer())
	if reflect.TypeOf(wrapped) == reflect.TypeOf(newFrameworkServer()) {
		t.Fatal("the framework's server is not wrapped: it lacks a part of FullServer")
	}
	for method := range reflect.TypeOf(newFrameworkServer()).Methods() {
		if _, found := reflect.TypeOf(wrapped).MethodByName(method.Name); !found {
			t.Errorf("the wrapped server lacks %s: its interface is missing in FullServer", method.Name)
		}
	}
}

// A server that cannot do everything is not made to look as if it could.
func TestSmallerServerIsServedAsItIs(t *testing.T) {
	t.Parallel()
	if _, pretends := serve.Forgetful(struct{ tfprotov6.ProviderServer }{newFrameworkServer()}).(tfprotov6.ActionServer); pretends {
		t.Error("a server without actions announces them")
	}
}

// keepsContext reports whether the server still holds the context of a call that it has answered.
func keepsContext(t *testing.T, server tfprotov6.ProviderServer, method string) bool {
	t.Helper()
	value := call(t, server, method)
	for range 3 {
		runtime.GC()
	}
	kept := value.Value() != nil
	runtime.KeepAlive(server)
	return kept
}

// ofNotes are the calls that the resource of the probe answers; for every other one there is nothing of the name that is asked for.
var ofNotes = []string{"ValidateResourceConfig", "UpgradeResourceState", "ReadResource", "PlanResourceChange", "ApplyResourceChange", "ImportResourceState"}

// ask fills in a request about a note.
func ask(request reflect.Value) {
	value, state := aNote()
	for of, field := range request.Fields() {
		switch {
		case of.Name == "TypeName":
			field.SetString(noteType)
		case of.Name == "ID":
			field.SetString("a")
		case of.Name == "RawState":
			field.Set(reflect.ValueOf(state))
		case field.Type() == reflect.TypeOf(value) && of.Name != "ProviderMeta":
			field.Set(reflect.ValueOf(value))
		}
	}
}

// call makes a call about a note, as the protocol library does: its context has values, and is cancelled once a stream
// has been read. It returns one of the values.
func call(t *testing.T, server tfprotov6.ProviderServer, method string) weak.Pointer[loggers] {
	t.Helper()
	value := &loggers{}
	ctx, cancel := context.WithCancel(context.WithValue(t.Context(), loggers{}, value))
	defer cancel()
	function := reflect.ValueOf(server).MethodByName(method)
	request := reflect.New(function.Type().In(1).Elem())
	ask(request.Elem())
	answer := function.Call([]reflect.Value{reflect.ValueOf(ctx), request})
	if err := answer[1].Interface(); err != nil {
		t.Fatal(err)
	}
	if slices.Contains(ofNotes, method) {
		answers(t, method, answer[0].Elem())
	}
	for _, field := range answer[0].Elem().Fields() {
		if field.Kind() == reflect.Func {
			for range field.Seq() {
			}
		}
	}
	return weak.Make(value)
}

// answers fails the test unless a call has reached the note: a request that is refused before proves little.
func answers(t *testing.T, method string, answer reflect.Value) {
	t.Helper()
	said, _ := answer.FieldByName("Diagnostics").Interface().([]*tfprotov6.Diagnostic)
	if want := map[string]int{"ReadResource": 1}[method]; len(said) != want || want > 0 && said[0].Summary != "Read" {
		for _, one := range said {
			t.Errorf("%s says %s: %s", method, one.Summary, one.Detail)
		}
		t.Errorf("%s says %d things instead of %d", method, len(said), want)
	}
}

// loggers stands for what a request carries.
type loggers struct{ _ [64]*byte }
