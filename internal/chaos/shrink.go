package main

import (
	"context"
	"reflect"
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// mostRuns is how many shorter sequences are tried.
const mostRuns = 400

// shrinker looks for the shortest sequence that still breaks a promise.
type shrinker struct {
	ctx context.Context //nolint:containedctx // it lives as long as one search
	// breaks reports whether a sequence still does.
	breaks func(Sequence) bool
	runs   int
}

// Shrink removes from a sequence what it does not need to break a promise: halves of its steps, then ever smaller parts, then whole
// resources, then what makes single steps more than plain.
func Shrink(ctx context.Context, s Sequence, breaks func(Sequence) bool) Sequence {
	h := &shrinker{ctx: ctx, breaks: breaks}
	for {
		before := len(s.Steps)
		s = h.parts(s)
		s = h.resources(s)
		if len(s.Steps) == before {
			break
		}
	}
	return h.plainer(s)
}

// still reports whether a sequence breaks the promise, as long as there is time to try.
func (h *shrinker) still(s Sequence) bool {
	if h.ctx.Err() != nil || h.runs >= mostRuns {
		return false
	}
	h.runs++
	return h.breaks(s)
}

// parts removes steps that stand together, ever fewer at once.
func (h *shrinker) parts(s Sequence) Sequence {
	for size := max(len(s.Steps)/2, 1); size > 0; size /= 2 {
		for at := 0; at < len(s.Steps); {
			shorter := s
			shorter.Steps = slices.Delete(slices.Clone(s.Steps), at, min(at+size, len(s.Steps)))
			if h.still(shorter) {
				s = shorter
			} else {
				at += size
			}
		}
	}
	return s
}

// resources removes everything that happens to one resource.
func (h *shrinker) resources(s Sequence) Sequence {
	var addresses []string
	for _, step := range s.Steps {
		if step.Do == Set && !slices.Contains(addresses, step.Resource.Address) {
			addresses = append(addresses, step.Resource.Address)
		}
	}
	for _, address := range addresses {
		shorter := s
		shorter.Steps = slices.DeleteFunc(slices.Clone(s.Steps), func(step Step) bool { return step.Resource.Address == address })
		if len(shorter.Steps) < len(s.Steps) && h.still(shorter) {
			s = shorter
		}
	}
	return s
}

// plainer leaves out of each step what it does not need, and of the world what is unusual about it.
func (h *shrinker) plainer(s Sequence) Sequence {
	for _, change := range []func(*Sequence){
		func(s *Sequence) { s.Switches.Magpie = plainSwitches(*s).Magpie },
		func(s *Sequence) { s.Switches.TrueFoundry = plainSwitches(*s).TrueFoundry },
		func(s *Sequence) { s.Switches.SailPoint = plainSwitches(*s).SailPoint },
		func(s *Sequence) { s.MaxRetries = 0 },
		func(s *Sequence) { s.Traced = false },
	} {
		plain := s
		if change(&plain); h.still(plain) {
			s = plain
		}
	}
	for i := range s.Steps {
		for _, change := range []func(*Step){
			func(s *Step) { s.Kill = nil }, func(s *Step) { s.Fine = 0 }, func(s *Step) { s.NoRefresh = false }, func(s *Step) { s.Fault.Times = min(s.Fault.Times, 1) },
			func(s *Step) { s.Resource.CreateBeforeDestroy = false }, func(s *Step) { s.Skip = false },
			func(s *Step) { s.Unknown = "" }, func(s *Step) { s.Resource.IgnoreChanges = nil },
			func(s *Step) { s.Resource.Arguments = plainArguments(*s) },
		} {
			plain := s
			plain.Steps = slices.Clone(s.Steps)
			if change(&plain.Steps[i]); !reflect.DeepEqual(plain.Steps[i], s.Steps[i]) && h.still(plain) {
				s = plain
			}
		}
	}
	return s
}

// plainSwitches are those of vendors that do what their pages say, without limits and with ids that no text holds by chance.
func plainSwitches(Sequence) Switches {
	var w Switches
	w.SailPoint.TokensPerUser, w.SailPoint.RateLimit = -1, -1
	w.Magpie.IDKind = "uuid"
	w.Magpie.TokenLifetime = fakeapi.Duration(0)
	return w
}

// plainArguments are those that a resource must have.
func plainArguments(s Step) map[string]any {
	if s.Do != Set {
		return s.Resource.Arguments
	}
	plain := nounOf(s.Resource.Type).base(0)
	for name := range plain {
		plain[name] = s.Resource.Arguments[name]
	}
	if triggers := s.Resource.Arguments["rotation_triggers"]; triggers != nil {
		plain["rotation_triggers"] = triggers
	}
	return plain
}
