package main

import (
	"bytes"
	"context"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// schemas are loaded once: to assemble them takes longer than a whole sequence.
var schemas = sync.OnceValues(func() (*protocoltest.Schemas, error) { //nolint:gochecknoglobals // they never change
	return protocoltest.LoadSchemas(context.Background(), providerserver.NewProtocol6(provider.New("chaos")())()) //nolint:forbidigo // they belong to no run
})

// protocolDriver runs a sequence in this process, at the level of the plugin protocol: one workspace for each resource, which share the
// provider process of a command. They take their turns, so that the same sequence sends the same requests.
type protocolDriver struct {
	world    *world
	traced   bool
	recorder *recorder
	// process is the one that runs, and network that which it sends its requests through.
	process *protocoltest.Engine
	network *protocoltest.Network
	spaces  map[string]*protocoltest.Workspace
	saved   *savedPlan
	log     *syncedBuffer
}

// savedPlan is a plan file.
type savedPlan struct {
	config  []Resource
	plans   map[string]*protocoltest.Saved
	objects map[string]objects
	// from is the state that it was made from: it is stale as soon as that changes.
	from map[string]objects
}

// objects are those of one resource.
type objects struct {
	current *protocoltest.Object
	deposed []*protocoltest.Object
}

func newProtocolDriver(w *world, traced bool) *protocolDriver {
	return &protocolDriver{world: w, traced: traced, spaces: map[string]*protocoltest.Workspace{}}
}

func (d *protocolDriver) close() error { return nil }

// run implements driver.
func (d *protocolDriver) run(ctx context.Context, c command) result {
	ctx, end := context.WithCancel(ctx)
	defer end()
	d.log = new(syncedBuffer)
	if d.traced {
		ctx = tflogtest.RootLogger(ctx, d.log)
	}
	d.recorder = &recorder{TB: nil, ctx: ctx}
	var done result
	guarded(func() {
		switch c.do {
		case Import:
			d.imports(c, &done)
		case Ephemeral:
			d.lends(c, &done)
		case ApplySaved:
			d.appliesSaved(c, &done)
		case Invoke:
			d.invokes(c, &done)
		case Inquire:
			d.inquires(c, &done)
		default:
			d.applies(c, &done)
		}
	})
	// What a dead process still waits for ends with its context.
	end()
	done.bugs, done.logged = d.recorder.failed, d.log.String()
	return done
}

// start starts a provider process, which may die.
func (d *protocolDriver) start(c command, kill *Kill) {
	d.network = &protocoltest.Network{Next: d.world.wire}
	if kill != nil {
		d.network.DiesWith, d.network.AfterAnswer = kill.With, kill.AfterAnswer
		if kill.OnlyWrites {
			d.network.Counts = func(r *http.Request) bool { return r.Method != http.MethodGet }
		}
	}
	clock := d.world.Clock()
	env := system.Env{
		Now: clock.Now, Getenv: func(string) string { return "" }, Transport: d.network, Version: "chaos",
		Sleep: func(ctx context.Context, pause time.Duration) error {
			clock.Advance(pause)
			return ctx.Err()
		},
	}
	d.process = protocoltest.Start(d.recorder, protocoltest.Process{
		Server:  func() (tfprotov6.ProviderServer, error) { return serve.Server(provider.NewIn(env)(), d.traced), nil },
		Schemas: schemas, Block: c.block, Network: d.network, Context: d.recorder.ctx,
	})
}

// space is the workspace of an address, which is made where there is none.
func (d *protocolDriver) space(address, kind string) *protocoltest.Workspace {
	w := d.spaces[address]
	if w == nil {
		w = &protocoltest.Workspace{}
		d.spaces[address] = w
	}
	w.T, w.Start = d.recorder, func() *protocoltest.Engine { return d.process.Of(kind) }
	return w
}

// applies refreshes, plans and, unless only a plan is asked for, applies.
func (d *protocolDriver) applies(c command, done *result) {
	before := d.snapshot()
	if c.do == Destroy {
		c.config = nil
	}
	d.start(c, nil)
	plan := d.plan(c, done)
	if done.failed != "" || c.do == Plan {
		plan.objects, plan.from = d.snapshot(), before
		d.restore(before)
		if d.saved = nil; done.failed == "" {
			d.saved = plan
		}
		return
	}
	d.saved = nil
	d.start(c, c.kill)
	d.apply(plan, done)
}

// appliesSaved applies the plan that was saved last, if the state is still the one that it was made from.
func (d *protocolDriver) appliesSaved(c command, done *result) {
	plan := d.saved
	if d.saved = nil; plan == nil || !same(plan.from, d.snapshot()) {
		done.failed = "stale"
		return
	}
	d.restore(plan.objects)
	d.start(c, c.kill)
	d.apply(plan, done)
}

// addresses are those of all resources, configured or not, in order.
func (d *protocolDriver) addresses(config []Resource) []string {
	all := slices.Collect(maps.Keys(d.spaces))
	for _, r := range config {
		if d.spaces[r.Address] == nil {
			all = append(all, r.Address)
		}
	}
	slices.Sort(all)
	return all
}

func (d *protocolDriver) plan(c command, done *result) *savedPlan {
	saved := &savedPlan{config: c.config, plans: map[string]*protocoltest.Saved{}}
	for _, r := range c.config {
		d.says(done, r.Address, "validate", d.process.Of(r.Type).Validate(c.planned(r)))
	}
	if done.failed != "" {
		return saved
	}
	for _, address := range d.addresses(nil) {
		if w := d.space(address, kindOf(address)); !c.noRefresh {
			d.says(done, address, "refresh", w.Refresh())
		}
	}
	if done.failed != "" {
		return saved
	}
	for _, address := range d.addresses(c.config) {
		w, r := d.space(address, kindOf(address)), c.resource(address)
		w.CreateBeforeDestroy, w.IgnoreChanges = r.CreateBeforeDestroy, r.IgnoreChanges
		switch {
		case r.Type != "":
			plan := w.Plan(c.planned(r))
			d.says(done, address, "plan", plan.Diagnostics)
			shown := plan.Plan
			if plan.Creation != nil {
				if shown = plan.Creation; plan.Creation != plan.Plan {
					d.says(done, address, "plan", plan.Creation.Diagnostics)
				}
			}
			if saved.plans[address] = plan; plan.Action != protocoltest.Nothing || len(w.Deposed) > 0 {
				done.changes = append(done.changes, address+": "+string(plan.Action)+changed(plan))
			}
			done.shown = append(done.shown, document{where: "the plan", address: address, kind: r.Type, values: plainOf(shown.Attributes), private: shown.Remembered()})
		case w.Object != nil || len(w.Deposed) > 0:
			done.changes = append(done.changes, address+": destroy")
			if w.Object != nil {
				d.says(done, address, "plan", d.process.Of(kindOf(address)).PlanDestroy(w.Object).Diagnostics)
			}
		}
	}
	return saved
}

// changed names what an update changes.
func changed(plan *protocoltest.Saved) string {
	names := ""
	if plan.Action == protocoltest.Update || plan.Action == protocoltest.Rotate {
		for _, name := range plan.Changes() {
			names += " " + name
		}
	}
	return names
}

// apply carries a plan out, one resource after the other, until the process dies.
func (d *protocolDriver) apply(plan *savedPlan, done *result) {
	for _, address := range d.addresses(plan.config) {
		if d.network.Dead() {
			break
		}
		w := d.space(address, kindOf(address))
		saved := plan.plans[address]
		if saved == nil {
			d.says(done, address, "destroy", w.Destroy())
			if w.Object == nil && len(w.Deposed) == 0 {
				delete(d.spaces, address)
			}
			continue
		}
		run := w.Apply(saved, command{config: plan.config}.resource(address).Arguments)
		d.says(done, address, "apply", run.Diagnostics)
		if run.Failed != "" && !run.Dead && done.failed == "" {
			done.failed = run.Failed
		}
		if w.Object == nil && len(w.Deposed) == 0 {
			delete(d.spaces, address)
		}
	}
	done.dead = d.network.Dead()
}

// imports imports a resource into an address that has none.
func (d *protocolDriver) imports(c command, done *result) {
	d.start(c, nil)
	imported, diagnostics := d.process.Of(kindOf(c.address)).Import(c.id)
	d.says(done, c.address, "import", diagnostics)
	if imported != nil && done.failed == "" {
		d.space(c.address, kindOf(c.address)).Object = imported
	} else if done.failed == "" {
		done.failed = "import"
	}
	d.saved = nil
}

// lends opens an ephemeral resource in a plan and again in an apply, which may end without closing it.
func (d *protocolDriver) lends(c command, done *result) {
	for _, phase := range []Kind{Plan, Apply} {
		kill, skip := c.kill, c.skip
		if phase == Plan {
			kill, skip = nil, false
		}
		d.start(c, kill)
		opened, diagnostics := d.process.Open(c.lent.Type, c.lent.Arguments)
		d.says(done, c.lent.Type, "open", diagnostics)
		if done.dead = d.network.Dead(); done.dead || opened == nil {
			return
		}
		if !skip {
			d.says(done, c.lent.Type, "close", d.process.Close(opened))
			done.dead = d.network.Dead()
		}
	}
}

// says notes what the provider says, and in which step it has failed first.
func (d *protocolDriver) says(done *result, address, step string, diagnostics protocoltest.Diagnostics) {
	errors := diagnostics.Errors()
	for _, one := range diagnostics {
		done.said = append(done.said, message{isError: slices.Contains(errors, one), address: address, text: one.Summary + ": " + one.Detail})
	}
	if len(errors) > 0 && done.failed == "" {
		done.failed = step
	}
}

// held implements driver.
func (d *protocolDriver) held() []document {
	var all []document
	add := func(address string, of *protocoltest.Object, deposed bool) {
		if of != nil {
			all = append(all, document{
				where: "the state", address: address, kind: kindOf(address), values: plainOf(of.Attributes), private: of.Remembered(),
				tainted: of.Tainted, deposed: deposed,
			})
		}
	}
	for _, address := range d.addresses(nil) {
		add(address, d.spaces[address].Object, false)
		for _, one := range d.spaces[address].Deposed {
			add(address, one, true)
		}
	}
	return all
}

// move implements driver.
func (d *protocolDriver) move(from, to string) error {
	if w := d.spaces[from]; w != nil {
		delete(d.spaces, from)
		d.spaces[to] = w
		d.saved = nil
	}
	return nil
}

// forget implements driver.
func (d *protocolDriver) forget(address string) error {
	delete(d.spaces, address)
	d.saved = nil
	return nil
}

// snapshot is the whole state, restore goes back to one.
func (d *protocolDriver) snapshot() map[string]objects {
	all := map[string]objects{}
	for address, w := range d.spaces {
		if w.Object != nil || len(w.Deposed) > 0 {
			all[address] = objects{w.Object, slices.Clone(w.Deposed)}
		}
	}
	return all
}

func (d *protocolDriver) restore(all map[string]objects) {
	for address, w := range d.spaces {
		if _, there := all[address]; !there {
			delete(d.spaces, address)
			continue
		}
		w.Object, w.Deposed = nil, nil
	}
	for address, one := range all {
		w := d.space(address, kindOf(address))
		w.Object, w.Deposed = one.current, slices.Clone(one.deposed)
	}
}

func same(a, b map[string]objects) bool {
	return maps.EqualFunc(a, b, func(one, other objects) bool {
		return one.current == other.current && slices.Equal(one.deposed, other.deposed)
	})
}

// syncedBuffer is a log that several goroutines write, some of them still when it is read: those of a process that was killed.
type syncedBuffer struct {
	mu      sync.Mutex
	written bytes.Buffer
}

// Write implements [io.Writer].
func (b *syncedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written.Write(p)
}

func (b *syncedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.written.String()
}
