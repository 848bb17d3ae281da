package sailpoint_test

import (
	"fmt"
	"maps"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// edit changes the configuration, sometimes. What does not go together is refused later.
func (c *course) edit() {
	null := nullText()
	var edits values
	switch c.draw.IntN(16) {
	case 0, 1, 2, 3:
		c.generation++
		edits = triggered(fmt.Sprint(c.generation))
	case 4:
		edits = values{"overlap": pick(c, text("24h"), text("200h"), null)}
	case 5:
		edits = values{"name_prefix": pick(c, text("ci-"), text("deploy-"))}
	case 6:
		edits = pick(c, encrypted(), encrypted(c.key))
	case 7:
		edits = values{"rotate_before_expiry": pick(c, text("48h"), text("100h"), text("450h"), null)}
	case 8:
		edits = values{"access_token_validity_seconds": pick(c, seconds(60), seconds(600), tftypes.NewValue(tftypes.Number, nil))}
	case 9:
		edits = values{"scope": pick(c, texts("a"), texts("a", "b"), tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, nil))}
	case 10, 11:
		edits = c.anotherEnd()
	case 12:
		edits = values{"rotation_triggers": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, nil)}
	default:
		return
	}
	c.calm = false
	c.config = c.config.with(edits)
	c.note("edit %v", edits)
}

// anotherEnd is another decision about how long the token lives.
func (c *course) anotherEnd() values {
	null := nullText()
	end := values{"lifetime": null, "expires_at": null, "never_expires": tftypes.NewValue(tftypes.Bool, nil)}
	switch c.draw.IntN(8) {
	case 0:
		at := c.Clock().Now().Add(time.Duration(100+c.draw.IntN(900)) * time.Hour)
		return end.with(values{"expires_at": text(at.UTC().Format(time.RFC3339)), "rotate_before_expiry": null})
	case 1:
		return end.with(values{"never_expires": flag(true)})
	case 2:
		return end
	}
	return end.with(values{"lifetime": pick(c, text("400h"), text("500h"), text("720h"))})
}

// obscured is the configuration while one of its values is still to come.
func (c *course) obscured(e *engine) values {
	if !c.chance(4) {
		return c.config
	}
	name := pick(c, "rotation_triggers", "rotation_triggers", "rotate_before_expiry", "encrypt_secret_to", "lifetime", "expires_at", "scope",
		"access_token_validity_seconds", "name_prefix", "overlap", "never_expires")
	c.note("%s is not known yet", name)
	if name == "rotation_triggers" && c.chance(2) {
		return c.config.with(values{name: tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"generation": unknownText()})})
	}
	return c.config.with(values{name: tftypes.NewValue(e.kind().AttributeTypes[name], tftypes.UnknownValue)})
}

// pass lets time pass.
func (c *course) pass() {
	passed := pick(c, 0, 5*time.Minute, time.Hour, 10*time.Hour, 25*time.Hour, 100*time.Hour, 300*time.Hour)
	c.Clock().Advance(passed)
	c.note("%s later", passed)
}

// meddle is what others do to the tokens, sometimes.
func (c *course) meddle() {
	c.t.Helper()
	if c.now == nil || !c.chance(6) {
		return
	}
	state := c.attributes(c.now)
	id := pick(c, state.text("id"), state.text("id"), state.text("previous_id"))
	if _, there := c.SailPoint.Token(id); !there {
		return
	}
	c.calm = false
	if c.chance(2) {
		c.note("somebody deletes %s", id)
		c.remove(id)
		// One that has only just been made would be looked for.
		c.Clock().Advance(settled)
		return
	}
	at := c.Clock().Now().Add(time.Duration(1+c.draw.IntN(900)) * time.Hour).Truncate(time.Millisecond)
	edit := pick(c, func(k *fake.Token) { k.Expiration = &at }, func(k *fake.Token) { k.Scope = []string{"z"} }, func(k *fake.Token) { k.Name = "renamed-" + id })
	if err := c.SailPoint.PatchToken(id, edit); err != nil {
		c.t.Fatal(err)
	}
	changed, _ := c.SailPoint.Token(id)
	c.note("somebody changes %s: %s, %v, %v", id, changed.Name, changed.Scope, changed.Expiration)
}

func (c *course) remove(id string) {
	c.t.Helper()
	if err := c.SailPoint.DeleteToken(id); err != nil {
		c.t.Fatal(err)
	}
}

// readopt forgets the resource and imports its token, sometimes: but only where that loses no other one.
func (c *course) readopt() {
	c.t.Helper()
	if c.now == nil || !c.chance(16) {
		return
	}
	id := c.attributes(c.now).text("id")
	if live := c.Minted(); len(live) != 1 || live[0].ID != id {
		return
	}
	c.note("import of %s", id)
	c.calm = false
	c.now = c.process().adopt(&tfprotov6.ImportResourceStateRequest{TypeName: resourceType, ID: id})
}

// disturb orders requests of a kind to go wrong.
func (c *course) disturb() {
	c.t.Helper()
	method, route := pick(c, "GET", "POST", "PATCH", "DELETE"), contracts()[c.version]
	if method == "PATCH" || method == "DELETE" {
		route += "/{id}"
	}
	word, times := pick(c, "status:403", "status:400", "status:500", "drop-after", "502-after", "truncate", "html"), 1+c.draw.IntN(2)
	c.fault(method, route, word, times)
	c.note("%d times %s: %s", times, method, word)
	c.disturbed = true
}

func (c *course) undisturb() {
	c.Faults().Clear()
	c.disturbed = false
}

func same(a, b values) bool { return maps.EqualFunc(a, b, tftypes.Value.Equal) }
