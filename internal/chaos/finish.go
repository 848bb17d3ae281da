package main

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// mostTries is how often an apply is tried when all is well, with what its errors advise done in between.
const mostTries = 8

// refusals are parts of errors that tell that the arguments do not go together, or not any more: a person changes them then.
func refusals() []string {
	return []string{
		"rotated in every run", "would be expired", "How long the token lives is not set",
		"every token expires", "must be shorter than",
	}
}

// finish ends all trouble and checks what must hold then: after one apply, and after everything is destroyed.
func (r *runner) finish(ctx context.Context) {
	r.note("the end")
	r.calm()
	applied, done := r.converges(ctx, Apply)
	if !done {
		return
	}
	r.losesNone(ruleLost)
	r.holdsLive()
	r.leavesForeign()
	again := r.command(ctx, command{do: Plan})
	if again.failed == "" && r.isDueByEdit(applied, again) {
		if _, done = r.converges(ctx, Apply); !done {
			return
		}
		again = r.command(ctx, command{do: Plan})
	}
	if again.failed != "" || len(again.changes) > 0 {
		r.breaks(rulePlan, "failed in %q, changes %q, %v", again.failed, again.changes, again.errors())
	}
	if len(r.breaches) > 0 {
		return
	}
	if _, done = r.converges(ctx, Destroy); !done {
		return
	}
	if held := r.driver.held(); len(held) > 0 {
		r.breaks(ruleDestroy, "the state still holds %s", held[0].address)
	}
	r.losesNone(ruleDestroy)
	r.leavesForeign()
}

// isDueByEdit reports whether all that is planned are rotations of tokens that an edit of the apply before has made due: at that apply an
// edit of when to rotate never rotates.
func (r *runner) isDueByEdit(applied, again result) bool {
	return len(again.changes) > 0 && !slices.ContainsFunc(again.changes, func(change string) bool {
		address, does, _ := strings.Cut(change, ": ")
		if !strings.HasPrefix(does, "replace") && !strings.HasPrefix(does, "rotate") && !strings.Contains(does, "secret_version") {
			return true
		}
		return !slices.ContainsFunc(applied.changes, func(before string) bool {
			return strings.HasPrefix(before, address+": update") && strings.Contains(before, " rotat")
		})
	})
}

// calm ends all trouble: no faults, the usual logins, and lists that had time to show everything.
func (r *runner) calm() {
	r.world.wire.prompt()
	r.world.Faults().Clear()
	clear(r.other)
	r.world.Clock().Advance(settled)
}

// converges applies, or destroys, until that succeeds. In between it does what the errors advise a person to do. An error that nothing is
// advised about breaks the rule.
func (r *runner) converges(ctx context.Context, do Kind) (done result, converged bool) {
	for range mostTries {
		done = r.command(ctx, command{do: do})
		if done.failed == "" || ctx.Err() != nil || len(r.breaches) > 0 {
			return done, len(r.breaches) == 0
		}
		advised := false
		for _, m := range done.errors() {
			if r.follow(m) {
				advised = true
			}
		}
		if !advised {
			break
		}
		r.world.Clock().Advance(settled)
	}
	r.breaks(ruleConverge, "%s fails in %q: %v", do, done.failed, done.errors())
	return done, false
}

// follow does what an error advises. It reports whether it has advised anything.
func (r *runner) follow(m message) bool {
	switch {
	case strings.Contains(m.text, "then remove the resource from the state with terraform state rm") && r.deletesUnknown(m.address, true):
		return true
	case strings.Contains(m.text, "Apply again in two minutes"), strings.Contains(m.text, "apply again"):
		return true
	case strings.Contains(m.text, "would have more rights than the previous one"):
		return r.edits(m.address, func(arguments map[string]any) { arguments["scope"] = []any{"sp:scopes:all"} })
	case strings.Contains(m.text, "have it rotated (rotation_triggers)"):
		// The lifetime counts from the mint, so that no usual one helps any more.
		return r.reset(m.address) && r.edits(m.address, func(arguments map[string]any) { arguments["rotation_triggers"] = map[string]any{"generation": "reset"} })
	case slices.ContainsFunc(refusals(), func(reason string) bool { return strings.Contains(m.text, reason) }):
		return r.reset(m.address)
	case strings.Contains(m.text, "is the name of"):
		return r.deletesNamed(m.text) || r.renames(m.address)
	case strings.Contains(m.text, "already exists"), strings.Contains(m.text, "exists already"):
		return r.deletesNamed(m.text) || r.reset(m.address)
	case strings.Contains(m.text, "forget the token with terraform state rm"):
		return r.forgets(m.address)
	case strings.Contains(m.text, "its id could not be found"), strings.Contains(m.text, "The id of the token could not be found"):
		return r.deletesUnknown(m.address, strings.Contains(m.text, "could delete somebody else's token"))
	}
	return false
}

// reset goes back to arguments that are always accepted.
func (r *runner) reset(address string) bool {
	for i, one := range r.config {
		if one.Address == address {
			r.note("  the arguments of %s are reset", address)
			base := nounOf(one.Type).base(0)
			for _, identifies := range []string{"name", "user_name"} {
				if value, named := one.Arguments[identifies]; named && base[identifies] != nil {
					base[identifies] = value
				}
			}
			base["rotation_triggers"] = one.Arguments["rotation_triggers"]
			if one.Type == sailpointPAT && one.Arguments["scope"] == nil {
				// Without scopes a token that had some would have more rights, which must be said.
				base["scope"] = []any{"sp:scopes:all"}
			}
			r.config[i].Arguments, r.config[i].IgnoreChanges = base, nil
			return true
		}
	}
	return false
}

// edits changes the arguments of a resource, which may have been ignored so far.
func (r *runner) edits(address string, change func(arguments map[string]any)) bool {
	for i, one := range r.config {
		if one.Address == address {
			r.config[i].Arguments, r.config[i].IgnoreChanges = maps.Clone(one.Arguments), nil
			change(r.config[i].Arguments)
			return true
		}
	}
	return false
}

// renames chooses another name for what is named like something of somebody else.
func (r *runner) renames(address string) bool {
	for i, one := range r.config {
		if name, named := one.Arguments["name"].(string); one.Address == address && named {
			r.config[i].Arguments = maps.Clone(one.Arguments)
			r.config[i].Arguments["name"] = name + "-2"
			return true
		}
	}
	return false
}

// deletesUnknown deletes the token whose id the state lacks, as a person would who has found out which one it is, and takes the resource
// out of the state if that is advised too. Of a deposed object Terraform does not say the address: any that lacks its id is meant then.
func (r *runner) deletesUnknown(address string, removes bool) bool {
	for _, held := range r.driver.held() {
		if address != "" && held.address != address || held.text("id") != "" {
			continue
		}
		secret := held.text(nounOf(held.kind).secret)
		if armored := held.text("encrypted_secret"); secret == "" && armored != "" {
			secret, _ = r.world.decrypt(armored)
		}
		for _, k := range r.world.ours() {
			if secret != "" && k.Secret == secret {
				if err := r.world.act("delete", k); err != nil {
					r.note("  not deleted: %s", err)
				}
			}
		}
		if removes {
			// A current object goes with a deposed one: Terraform has no way to take only that out.
			r.forgets(held.address)
		}
		return true
	}
	return false
}

// deletesNamed deletes what was left over, as far as somebody was told, under a name that is needed again.
func (r *runner) deletesNamed(text string) bool {
	deleted := false
	for _, k := range r.world.ours() {
		if k.Name != "" && strings.Contains(text, k.Name) && (r.handed[k.ID] || r.killed[k.ID] || r.released[k.ID]) {
			err := r.world.act("delete", k)
			r.note("  deleted by a person: %s, %v", k, err)
			deleted = true
		}
	}
	return deleted
}

// forgets takes a resource out of the state, whose tokens are a person's from then on.
func (r *runner) forgets(address string) bool {
	for _, held := range r.driver.held() {
		if held.address != address {
			continue
		}
		for _, k := range r.world.ours() {
			if r.leadsTo(held, k) {
				r.released[k.ID] = true
			}
		}
	}
	if err := r.driver.forget(address); err != nil {
		r.breaks("forget", "%s: %s", address, err)
	}
	return true
}
