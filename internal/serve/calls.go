package serve

import (
	"context"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// mostShells is how many ended calls the framework's server may remember until it is made to forget them; each takes about 100 bytes.
const mostShells = 1000

// calls are those that run, and those that have ended and are still remembered.
type calls struct {
	// emptied is the server that remembers them.
	emptied tfprotov6.ProviderServer

	mu             sync.Mutex
	running, ended int
}

func (c *calls) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running++
}

// end makes the server forget the calls that have ended, if no other one runs: StopProvider is the only thing that does, and it cancels
// what runs. A call that begins meanwhile waits.
func (c *calls) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running--
	if c.ended++; c.running > 0 || c.ended < mostShells {
		return
	}
	c.ended = 0
	// It reaches no further than the server's own memory, and returns no error.
	_, _ = c.emptied.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}) //nolint:forbidigo // it belongs to no call
}
