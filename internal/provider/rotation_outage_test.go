//go:build unix

package provider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// consumers are objects of Terraform, each of which hands a member's token to a file, as a deployment would: when the token is
// another one, and after it.
func consumers() string {
	var text strings.Builder
	for _, m := range fleet() {
		if m.overlap == "" {
			continue
		}
		fmt.Fprintf(&text, `resource "terraform_data" %[1]q {
  triggers_replace = %[2]s.%[3]s
  provisioner "local-exec" {
    command     = "printf '%%s %%s' \"$ID\" \"$SECRET\" > %[1]s.new && mv %[1]s.new %[1]s.held"
    environment = {
      ID     = %[2]s.%[3]s
      SECRET = %[2]s.%[4]s
    }
  }
}
`, m.name, m.address(), m.id, m.secret)
	}
	return text.String()
}

// consumption is what consumers that never rest have met.
type consumption struct {
	// using is held by every use, so that the clock does not jump in the middle of one: a session ends by it.
	using   sync.RWMutex
	mu      sync.Mutex
	uses    map[string]int
	refused []string
}

func (c *consumption) note(name, id string, works bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.uses[name]++
	if !works {
		c.refused = append(c.refused, fmt.Sprintf("%s %s (%v)", name, id, err))
	}
}

// advance moves the clock between two uses.
func (c *consumption) advance(clock *fakeapi.Clock, by time.Duration) {
	c.using.Lock()
	defer c.using.Unlock()
	clock.Advance(by)
}

// consume lets every consumer use what it holds, every few milliseconds, until the returned function stops them.
func (w *workshop) consume() (met *consumption, stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	w.t.Cleanup(cancel)
	met = &consumption{uses: map[string]int{}}
	var running sync.WaitGroup
	for _, m := range fleet() {
		if m.overlap == "" {
			continue
		}
		running.Go(func() {
			for ctx.Err() == nil {
				met.using.RLock()
				text, err := os.ReadFile(filepath.Join(w.folder, m.name+".held"))
				id, secret, _ := strings.Cut(string(text), " ")
				works := false
				if err == nil {
					works, err = w.use(ctx, m, id, secret)
				}
				if ctx.Err() == nil {
					met.note(m.name, id, works, err)
				}
				met.using.RUnlock()
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return met, func() {
		cancel()
		running.Wait()
	}
}

// TestAccRotation_noOutage: consumers that use their tokens all the time, and get the next one by Terraform, are never refused: not
// while rotations are applied, nor when the overlap ends. Those that are slow to take the next one have the whole overlap.
func TestAccRotation_noOutage(t *testing.T) {
	t.Parallel()
	w := newFleet(t)
	clock := w.sandbox.Clock()
	w.apply(order{triggers: "1", lead: "168h", overlap: true, also: consumers()})
	first := w.tokens()
	overlapping := names(func(m member) bool { return m.overlap != "" })

	w.sandbox.Journal().Reset()
	met, stop := w.consume()
	w.apply(order{triggers: "2", lead: "168h", overlap: true, also: consumers()})
	second := w.tokens()
	w.follows(only(first, overlapping), only(second, overlapping))
	met.advance(clock, overlap-time.Minute)
	for _, name := range overlapping {
		w.works(named(name), first[name].ID, first[name].Secret, true)
	}
	met.advance(clock, 2*time.Minute)
	for _, name := range overlapping {
		// The system ends it at its time; else it waits for the next apply.
		w.works(named(name), first[name].ID, first[name].Secret, !named(name).endsByItself)
	}
	w.apply(order{triggers: "2", lead: "168h", overlap: true, also: consumers()})
	w.refused(only(first, overlapping))
	w.balanced(each(1))

	// The second rotation is one by time.
	met.advance(clock, life-160*hour)
	w.apply(order{triggers: "2", lead: "168h", overlap: true, accountTriggers: "3", also: consumers()})
	w.balanced(each(2))
	for _, name := range overlapping {
		if now := w.tokens()[name]; now.PreviousID != second[name].ID {
			t.Errorf("%s: the previous one is %q instead of %q", name, now.PreviousID, second[name].ID)
		}
	}

	stop()
	for _, name := range overlapping {
		if met.uses[name] < 20 {
			t.Errorf("%s was used %d times only", name, met.uses[name])
		}
	}
	if len(met.refused) > 0 {
		t.Errorf("%d uses were refused, the first one: %s", len(met.refused), met.refused[0])
	}
	// Beside the consumers, this test has tried what must be refused: twice what expires by itself, once the others.
	tried := len(overlapping) + len(names(func(m member) bool { return m.endsByItself }))
	if got := w.sandbox.Journal().Count(fakeapi.Filter{Status: 401}); got != tried {
		t.Errorf("the journal shows %d refusals instead of %d", got, tried)
	}
}

func only(all map[string]generations, names []string) map[string]generations {
	some := map[string]generations{}
	for _, name := range names {
		some[name] = all[name]
	}
	return some
}
