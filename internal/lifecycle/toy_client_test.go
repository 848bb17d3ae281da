package lifecycle_test

import (
	"context"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// toyClient is the client of one provider process: it keeps one list for an account, as those of the systems do.
type toyClient struct {
	server *toyServer
	// network is what its requests go through.
	network *protocoltest.Network
	lists   rest.Lists[toyToken]
	locks   rest.Locks

	mu sync.Mutex
	// isAnswered is set once an answer has told as whom the process is logged in.
	isAnswered bool
	// seen are the ids that the lists of an account have shown.
	seen map[string]map[string]bool
	// unknownAt is when a mint for an account may have made a token that no list has shown.
	unknownAt map[string]*time.Time
	// stored is the secret that the answer to Terraform holds so far, and unsaved the requests that were sent after a token was
	// minted and before its secret was in there.
	stored  func() string
	unsaved []string
	secret  string
	// identified is how many rows of lists were identified.
	identified int
}

func newToyClient(server *toyServer, network *protocoltest.Network) *toyClient {
	c := &toyClient{server: server, network: network, seen: map[string]map[string]bool{}, unknownAt: map[string]*time.Time{}}
	c.lists.Now = server.Now
	c.lists.ID = func(t toyToken) string { return t.ID }
	return c
}

// do sends a request, which is one of HTTP for the network alone.
func (c *toyClient) do(ctx context.Context, request string, work func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	onWire, err := http.NewRequestWithContext(ctx, methodOf(request), "https://toy.example.com"+pathOf(request), nil)
	if err != nil {
		return err
	}
	if lost := c.network.Carry(onWire, func() { err = c.carryOut(request, work) }); lost != nil {
		return lost
	}
	return err
}

// pathOf is the path of a request, or of the beginning of one.
func pathOf(request string) string { return "/" + strings.ReplaceAll(request, " ", "/") }

func (c *toyClient) carryOut(request string, work func() error) error {
	c.mu.Lock()
	if c.secret != "" && c.stored != nil && c.stored() != c.secret {
		c.unsaved = append(c.unsaved, request)
	}
	c.mu.Unlock()
	err := c.server.do(request, work)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.isAnswered = c.isAnswered || err == nil
	return err
}

// sleep waits, by a clock that a process that has died may not move on.
func (c *toyClient) sleep(ctx context.Context, d time.Duration) error {
	if c.network.Dead() {
		<-ctx.Done()
	}
	return c.server.sleep(ctx, d)
}

// Now is the server's clock.
func (c *toyClient) Now() time.Time { return c.server.Now() }

// user is as whom the process is logged in; empty until an answer tells.
func (c *toyClient) user() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.isAnswered {
		return ""
	}
	return c.server.Login
}

func (c *toyClient) login(ctx context.Context) error {
	return c.do(ctx, "login", func() error { return nil })
}

func (c *toyClient) fetch(account string) func(context.Context) ([]toyToken, error) {
	return func(ctx context.Context) (shown []toyToken, err error) {
		err = c.do(ctx, "list", func() error {
			shown = c.server.list(account)
			return nil
		})
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.seen[account] == nil {
			c.seen[account] = map[string]bool{}
		}
		for _, row := range shown {
			c.seen[account][row.ID] = true
		}
		return shown, err
	}
}

func (c *toyClient) idsSeen(account string) map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.seen[account])
}

func (c *toyClient) unknown(account string) *time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unknownAt[account]
}

func (c *toyClient) noteUnknown(account string, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unknownAt[account] = &at
}

// create mints a token.
func (c *toyClient) create(ctx context.Context, asked toyToken) (toyToken, error) {
	var made toyToken
	request := strings.TrimSpace("create " + asked.Name)
	err := c.do(ctx, request, func() error {
		var err error
		made, err = c.server.create(asked)
		return err
	})
	if err == nil {
		c.mu.Lock()
		c.secret = made.Secret
		c.mu.Unlock()
	}
	return made, err
}

// change changes a token; its name in the journal is the kind of the request.
func (c *toyClient) change(ctx context.Context, kind, id string, change func(*toyToken)) (toyToken, error) {
	var changed toyToken
	err := c.do(ctx, kind+" "+id, func() error {
		var err error
		changed, err = c.server.change(id, change)
		return err
	})
	if err == nil {
		c.lists.Replace(changed)
	}
	return changed, err
}

// delete deletes a token; one that is not there is gone.
func (c *toyClient) delete(ctx context.Context, id string) error {
	err := c.do(ctx, "delete "+id, func() error {
		c.server.remove(id)
		return nil
	})
	if err == nil {
		c.lists.RemoveAll(id)
	}
	return err
}
