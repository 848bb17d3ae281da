package provider_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// soaked are tokens of three kinds that one process, as it is served, plans again and again.
type soaked struct {
	t       *testing.T
	box     *sandbox.Sandbox
	process protocoltest.Process
	objects map[string]*protocoltest.Object
}

// tokensOf is how many of each kind there are.
const tokensOf = 10

func soak(t *testing.T) *soaked {
	t.Helper()
	box, err := sandbox.Start(sandbox.Options{SailPoint: sailpoint.Switches{TokensPerUser: -1, RateLimit: -1}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	environment := box.Env()
	env := system.Env{Now: time.Now, Getenv: func(name string) string { return environment[name] }, Version: "test"}
	server := serve.Server(provider.NewIn(env)(), false)
	return &soaked{t, box, protocoltest.Process{
		Server: func() (tfprotov6.ProviderServer, error) { return server, nil }, Schemas: protocolSchemas,
	}, map[string]*protocoltest.Object{}}
}

// each visits every token with its arguments.
func (s *soaked) each(visit func(name, kind string, arguments values)) {
	for i := range tokensOf {
		visit(fmt.Sprint("sailpoint", i), "mint_sailpoint_personal_access_token", values{"name_prefix": "ci-", "lifetime": "720h", "scope": []string{"a"}})
		visit(fmt.Sprint("magpie", i), "mint_magpie_personal_access_token", values{"description": "soaked"})
		visit(fmt.Sprint("truefoundry", i), "mint_truefoundry_personal_access_token", values{"name_prefix": "ci-", "lifetime": "720h"})
	}
}

// creates makes the tokens.
func (s *soaked) creates() {
	e := protocoltest.Start(s.t, s.process)
	s.each(func(name, kind string, arguments values) { s.objects[name] = e.Of(kind).Create(arguments) })
}

// plans configures the process and refreshes and plans each token. Nothing may change.
func (s *soaked) plans() {
	s.t.Helper()
	e := protocoltest.Start(s.t, s.process)
	s.each(func(name, kind string, arguments values) {
		of := e.Of(kind)
		e.NoError(of.Validate(arguments))
		s.objects[name] = of.MustRead(s.objects[name])
		if changes := of.MustPlan(s.objects[name], arguments).Changes(); len(changes) > 0 {
			s.t.Fatalf("%s changes: %v", name, changes)
		}
	})
	// The emulators live in this process too, and note every request.
	s.box.Journal().Reset()
}

// alive are the bytes on the heap after a garbage collection. What was pooled is gone after the second.
func alive() int64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return int64(memory.HeapAlloc)
}

// TestSoak: one process that plans again and again uses no more for it: as many goroutines and connections as after the first plan, and no
// memory. The framework alone keeps about 100 bytes of each call, which would be more than 400 kB here.
//
//nolint:paralleltest // what it measures is the whole process's
func TestSoak(t *testing.T) {
	const warmUp, plans, most = 10, 50, 250 << 10
	s := soak(t)
	s.creates()
	for range warmUp {
		s.plans()
	}
	goroutines, connections, heap := runtime.NumGoroutine(), s.box.Connections(), alive()
	if connections == 0 {
		t.Fatal("no connection is open: the requests went somewhere else")
	}
	for range plans {
		s.plans()
	}
	// The connections of the last run but one end a little later.
	for deadline := time.Now().Add(time.Minute); s.box.Connections() > connections || runtime.NumGoroutine() > goroutines; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d connections and %d goroutines after %d plans, %d and %d after %d",
				s.box.Connections(), runtime.NumGoroutine(), warmUp+plans, connections, goroutines, warmUp)
		}
	}
	grown := alive() - heap
	t.Logf("%d goroutines, %d connections, %d bytes more in %d plans of %d tokens", goroutines, connections, grown, plans, len(s.objects))
	if grown > most {
		t.Errorf("%d bytes more are in use after %d plans of %d tokens", grown, plans, len(s.objects))
	}
}
