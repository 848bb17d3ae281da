package main

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

const (
	// steps is how many steps a sequence has, or about so, and mostResources how many resources are configured at once.
	steps         = 24
	mostResources = 5
)

// generator draws a sequence. It keeps the configuration as the steps so far have made it.
type generator struct {
	*rand.Rand
	sequence   Sequence
	config     []Resource
	made       int
	generation int
	other      map[string]bool
}

// Generate draws the sequence of a seed.
func Generate(seed uint64) Sequence {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 7)), other: map[string]bool{}}
	g.sequence = Sequence{
		Seed: seed, APIVersion: pick(g, "v1", "v1", "v2025", "v2024", "v3"), MaxRetries: pick(g, 0, 0, 1, 4), Traced: g.oneIn(8), Password: g.oneIn(2),
		Switches: g.switches(),
	}
	for range 1 + g.IntN(3) {
		g.create()
	}
	g.add(Step{Do: Apply})
	for len(g.sequence.Steps) < steps {
		g.step()
	}
	return g.sequence
}

func pick[T any](g *generator, of ...T) T { return of[g.IntN(len(of))] }

func (g *generator) oneIn(times int) bool { return g.IntN(times) == 0 }

func (g *generator) add(s Step) { g.sequence.Steps = append(g.sequence.Steps, s) }

// chance is a kind of step and how often it is drawn among the others.
type chance struct {
	often int
	draw  func()
}

func (g *generator) step() {
	g.oneOf(
		chance{5, g.create},
		chance{18, g.edit},
		chance{2, g.remove},
		chance{3, g.move},
		chance{16, func() { g.trouble(); g.apply(Step{Do: Apply, NoRefresh: g.oneIn(8)}) }},
		chance{6, func() { g.apply(Step{Do: Apply}) }},
		chance{3, g.plan},
		chance{1, g.unknown},
		chance{3, func() { g.existing(Step{Do: Import}) }},
		chance{1, g.adopt},
		chance{1, func() { g.trouble(); g.apply(Step{Do: Destroy}) }},
		chance{4, g.lend},
		chance{12, g.wait},
		chance{7, g.outside},
		chance{2, g.login},
		chance{2, g.invoke},
		chance{1, g.inquire},
	)
}

func (g *generator) oneOf(of ...chance) {
	sum := 0
	for _, c := range of {
		sum += c.often
	}
	drawn := g.IntN(sum)
	for _, c := range of {
		if drawn -= c.often; drawn < 0 {
			c.draw()
			return
		}
	}
}

// create configures a new resource.
func (g *generator) create() {
	if len(g.config) >= mostResources {
		g.edit()
		return
	}
	n := g.noun()
	r := Resource{Address: fmt.Sprintf("%s.t%d", n.name, g.made), Type: n.name, Arguments: n.base(g.made)}
	// Of an account, and of a fixed name, there is one.
	r.CreateBeforeDestroy = n.name != tfyAccount && n.name != magpieExclusive && g.oneIn(3)
	if g.oneIn(8) {
		r.IgnoreChanges = pick(g, []string{"all"}, []string{"rotation_triggers"}, []string{"expires_at"}, []string{"lifetime", "name_prefix"}, []string{"description"})
	}
	g.made++
	taken := func(other Resource) bool {
		return n.name == magpieExclusive && other.Type == n.name && other.Arguments["user_name"] == r.Arguments["user_name"]
	}
	if slices.ContainsFunc(g.config, taken) {
		return
	}
	r.Arguments["rotation_triggers"] = g.triggers()
	for range g.IntN(3) {
		g.change(n, r.Arguments)
	}
	g.put(r)
}

func (g *generator) noun() noun {
	var drawn []noun
	for _, n := range nouns() {
		drawn = append(drawn, slices.Repeat([]noun{n}, n.often)...)
	}
	return pick(g, drawn...)
}

func (g *generator) triggers() map[string]any {
	g.generation++
	return map[string]any{"generation": strconv.Itoa(g.generation)}
}

// put writes a resource into the configuration.
func (g *generator) put(r Resource) {
	i := slices.IndexFunc(g.config, func(other Resource) bool { return other.Address == r.Address })
	if i < 0 {
		g.config = append(g.config, r)
	} else {
		g.config[i] = r
	}
	r.Arguments = maps.Clone(r.Arguments)
	g.add(Step{Do: Set, Resource: r})
}

// any is one of the configured resources.
func (g *generator) any() (Resource, bool) {
	if len(g.config) == 0 {
		return Resource{}, false
	}
	r := pick(g, g.config...)
	r.Arguments = maps.Clone(r.Arguments)
	return r, true
}

func (g *generator) edit() {
	r, found := g.any()
	if !found {
		return
	}
	if g.oneIn(2) {
		r.Arguments["rotation_triggers"] = g.triggers()
	} else {
		g.change(nounOf(r.Type), r.Arguments)
	}
	g.put(r)
}

// change draws one argument, and leaves out what does not go with it.
func (g *generator) change(n noun, arguments map[string]any) {
	name := pick(g, slices.Sorted(maps.Keys(n.edits))...)
	drop := func(names ...string) {
		for _, one := range names {
			delete(arguments, one)
		}
	}
	if value := pick(g, n.edits[name]...); value == nil {
		drop(name)
	} else {
		arguments[name] = value
	}
	switch name {
	case "name":
		drop("name_prefix", "overlap")
	case "name_prefix":
		drop("name")
	case "overlap":
		if n.edits["name_prefix"] != nil && arguments["name"] != nil {
			drop("overlap")
		}
	case "lifetime":
		drop("expires_at")
	case "expires_at":
		drop("lifetime", "rotate_before_expiry")
	case "rotate_before_expiry":
		if arguments["expires_at"] != nil {
			drop("rotate_before_expiry")
		}
	}
	if arguments["name"] == "fixed" {
		// Names are unique: of two resources only one may have it.
		arguments["name"] = "fixed-" + strconv.Itoa(g.generation)
		g.generation++
	}
}

func (g *generator) remove() {
	if r, found := g.any(); found {
		g.config = slices.DeleteFunc(g.config, func(other Resource) bool { return other.Address == r.Address })
		g.add(Step{Do: Remove, Resource: Resource{Address: r.Address}})
	}
}

func (g *generator) move() {
	r, found := g.any()
	if !found {
		return
	}
	to := fmt.Sprintf("%s.t%d", r.Type, g.made)
	g.made++
	for i := range g.config {
		if g.config[i].Address == r.Address {
			g.config[i].Address = to
		}
	}
	g.add(Step{Do: Move, Resource: Resource{Address: r.Address}, To: to})
}

// apply adds a command whose process may die.
func (g *generator) apply(s Step) {
	if g.oneIn(6) {
		s.Kill = &Kill{With: 1 + g.IntN(12), AfterAnswer: g.oneIn(2)}
		if g.oneIn(2) {
			s.Kill = &Kill{With: 1 + g.IntN(5), AfterAnswer: g.oneIn(2), OnlyWrites: true}
		}
	}
	g.add(s)
}

// unknown adds an apply whose plan does not know one of the arguments of a resource yet.
func (g *generator) unknown() {
	if r, found := g.any(); found && len(r.Arguments) > 0 {
		name := pick(g, slices.Sorted(maps.Keys(r.Arguments))...)
		g.apply(Step{Do: Apply, Resource: Resource{Address: r.Address}, Unknown: name})
	}
}

// plan saves a plan and applies it, perhaps a day later, perhaps after something else has happened.
func (g *generator) plan() {
	g.add(Step{Do: Plan, NoRefresh: g.oneIn(6)})
	if g.oneIn(3) {
		g.wait()
	}
	if g.oneIn(4) {
		g.outside()
	}
	g.trouble()
	g.apply(Step{Do: ApplySaved})
}

func (g *generator) existing(s Step) {
	if r, found := g.any(); found && nounOf(r.Type).imports {
		s.Resource = Resource{Address: r.Address}
		g.add(s)
	}
}

// adopt imports what somebody else has made into a new resource.
func (g *generator) adopt() {
	n := g.noun()
	if !n.imports || len(g.config) >= mostResources {
		return
	}
	r := Resource{Address: fmt.Sprintf("%s.t%d", n.name, g.made), Type: n.name, Arguments: n.base(g.made)}
	if n.name == tfyAccount {
		r.Arguments["name"] = fmt.Sprintf("adopted-%d", g.made)
	}
	g.made++
	g.config = append(g.config, r)
	r.Arguments = maps.Clone(r.Arguments)
	g.add(Step{Do: Adopt, Resource: r})
}

func (g *generator) lend() {
	n := g.noun()
	if len(n.ephemeral) == 0 {
		return
	}
	if g.oneIn(2) {
		g.trouble()
	}
	s := Step{Do: Ephemeral, Resource: Resource{Type: n.name, Arguments: pick(g, n.ephemeral...)}, Skip: g.oneIn(4)}
	g.apply(s)
}

func (g *generator) wait() {
	passed := pick(g, time.Minute, 5*time.Minute, time.Hour, 10*time.Hour, 25*time.Hour, 100*time.Hour, 300*time.Hour)
	g.add(Step{Do: Wait, After: fakeapi.Duration(passed)})
}

func (g *generator) outside() {
	if g.oneIn(4) {
		g.add(Step{Do: Outside, Act: "make", Resource: Resource{Type: g.noun().name}})
		return
	}
	if r, found := g.any(); found {
		act := pick(g, "delete", "delete", "disable", "edit", "rotate")
		g.add(Step{Do: Outside, Act: act, Previous: act == "delete" && g.oneIn(3), Resource: Resource{Address: r.Address}})
	}
}

// login makes the provider log in as somebody else for the next commands, or as itself again.
func (g *generator) login() {
	system := pick(g, systems()...)
	g.other[system] = !g.other[system]
	g.add(Step{Do: Login, System: system, Other: g.other[system]})
}

// trouble lets requests of the next commands go wrong, or not.
func (g *generator) trouble() {
	for range pick(g, 0, 0, 1, 1, 2, 3) {
		fault := pick(g, routesOf(pick(g, systems()...), g.sequence.APIVersion)...)
		if g.oneIn(8) {
			fault.Method, fault.Route = "", ""
		}
		fault.Fault, fault.Times = g.word(), 1+g.IntN(2)
		if slices.Contains(lists(), fault.Route) && fault.Method == "GET" && g.oneIn(3) {
			fault.Fault = pick(g, "lag:1", "lag:2", "lag:4")
			fault.Times = 1
		}
		g.add(Step{Do: Order, Fault: fault, Fine: pick(g, 0, 0, 1, 2)})
	}
}

// word is a fault word, any that may stand on every route.
func (g *generator) word() string {
	return pick(
		g, "status:400", "status:401", "status:403", "status:404", "status:409", "status:500", "status:503", g.pause(),
		"drop-before", "drop-after", "drop-after", "status-after:502", "500-after", "502-after", "truncate", "truncate-silent", "html", "html-after", "slow:10ms",
		"hang", "hang-after", "hang-after", "redirect:https://elsewhere.example/login",
	)
}

// pause is a refusal that asks to wait: the provider does so in real time.
func (g *generator) pause() string { return pick(g, "429", "429:1", "429-date:1") }
