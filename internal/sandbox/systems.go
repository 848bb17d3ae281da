package sandbox

import (
	"encoding/json"
	"net/http"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// emulator is what the sandbox asks of a system's fake.
type emulator interface {
	http.Handler
	// Settings points the provider at the emulator served under base.
	Settings(base string) []fakeapi.Setting
	// Live returns the live tokens, never nil.
	Live() []fakeapi.LiveToken
	// SeedJSON adds objects and returns what was made.
	SeedJSON(object json.RawMessage) (any, error)
	// SwitchJSON changes the named switches; SwitchesJSON returns all of them.
	SwitchJSON(object json.RawMessage) error
	SwitchesJSON() (json.RawMessage, error)
}

type system struct {
	name     string
	emulator emulator
	listener *listener
}

// assemble makes the emulators. To add a system: give [Sandbox] a field for its fake and [Options] one for its switches,
// make it here, and add its line to the table.
func (sb *Sandbox) assemble(opts Options) ([]*system, error) {
	var err error
	sb.SailPoint, err = sailpoint.New(sailpoint.Options{Stage: sb.stage, Switches: opts.SailPoint})
	if err != nil {
		return nil, err
	}
	sb.Magpie, err = magpie.New(magpie.Options{Stage: sb.stage, Switches: opts.Magpie})
	if err != nil {
		return nil, err
	}
	sb.TrueFoundry, err = truefoundry.New(truefoundry.Options{Stage: sb.stage, Switches: opts.TrueFoundry})
	if err != nil {
		return nil, err
	}
	return []*system{
		{name: sailpoint.Name, emulator: sb.SailPoint},
		{name: magpie.Name, emulator: sb.Magpie},
		{name: truefoundry.Name, emulator: sb.TrueFoundry},
	}, nil
}
