package magpie_test

import (
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// meanwhile lets something happen just before the next mint.
func (o *organization) meanwhile(happens func()) {
	var once sync.Once
	o.Magpie.OnBeforeCreate(func(string) { once.Do(happens) })
}

// losing starts a provider process that loses the answer to its next request of a route, and tries nothing again.
func (o *organization) losing(kind, method, route, word string) *protocoltest.Engine {
	o.t.Helper()
	if word != "hang-after" {
		o.fault(method, route, word, 1)
		return o.engine(kind, impatience)
	}
	network := &protocoltest.Network{Hangs: protocoltest.First(protocoltest.Route(method, route))}
	return o.engineOn(network, kind, func(block values) { block["http"] = values{"max_retries": 0, "timeout": "50ms"} })
}

const lostAndNamed = `the answer to the creation was lost. New on the account since then, and possibly created by this run: 19, created `

// TestMagpieAccessToken_createAnswerLost mints a token whose answer never arrives: it is named and left alone, and nothing is
// minted a second time.
func TestMagpieAccessToken_createAnswerLost(t *testing.T) {
	t.Parallel()
	cases := map[string]string{}
	for _, word := range []string{"drop-after", "502-after", "500-after", "truncate", "truncate-silent", "html-after", "hang-after"} {
		cases[word] = word
	}
	eachCase(t, cases, func(t *testing.T, word string) {
		t.Helper()
		for _, kind := range plainKinds() {
			o := emulate(t)
			foreign := o.seed(o.owner(kind))
			e := o.losing(kind, "POST", mintOf(kind), word)
			if made := o.fails(lostAndNamed)(e.TryChange(nil, arguments(kind, nil))); made != nil {
				t.Errorf("in the state: %v", made)
			}
			o.left(foreign.ID, "19")
			o.asked("POST", mintOf(kind), 1)
		}
	})
}

// TestAccMagpieAccessToken_failures is what Terraform prints and keeps: a mint whose answer is lost leaves nothing in the state, and a
// deletion that does not happen leaves the token there. Then it happens and is answered with 500.
func TestAccMagpieAccessToken_failures(t *testing.T) {
	o := emulate(t)
	foreign := o.seed(robot)
	first := of(service)
	config := o.config(block(service))
	const kept = `is still on the account`
	o.fault("POST", userRoute, "drop-after", 1)
	o.test(
		resource.TestStep{Config: config, ExpectError: says(lostAndNamed)},
		resource.TestStep{
			PreConfig: func() { o.left(foreign.ID, "19"); o.asked("POST", userRoute, 1); o.forget("19") },
			Config:    config, ConfigPlanChecks: planned(service, plancheck.ResourceActionCreate), Check: first.keep,
		},
		resource.TestStep{
			Config: config, Destroy: true, ExpectError: says(kept),
			ConfigPlanChecks: then(planned(service, plancheck.ResourceActionDestroy), func() { notDeleted()[kept](o) }),
		},
		resource.TestStep{
			PreConfig: o.turn(func(w *fake.Switches) { w.FailingDeletes = 1 }), Config: config,
			ConfigPlanChecks: planned(service, plancheck.ResourceActionNoop), Check: all(first.same, o.works(service)),
		},
	)
	o.left(foreign.ID)
}

// TestMagpieAccessToken_createNotDone meets failures after which no token exists.
func TestMagpieAccessToken_createNotDone(t *testing.T) {
	t.Parallel()
	type failure struct{ word, message string }
	cases := map[string]failure{"status:403": {"status:403", `the user needs the permission AccessToken, and must be an organization admin for service accounts' tokens`}}
	for _, word := range []string{"drop-before", "status:503", "html"} {
		cases[word] = failure{word, `The account has no new token so far`}
	}
	eachCase(t, cases, func(t *testing.T, c failure) {
		t.Helper()
		o := emulate(t)
		o.fault("POST", userRoute, c.word, 1)
		p := o.engine(service)
		if failed := o.fails(c.message)(p.TryChange(nil, arguments(service, nil))); failed != nil {
			t.Errorf("in the state: %v", failed.Attributes)
		}
		o.asked("POST", userRoute, 1)
		o.left()
		made := o.engine(service).Create(arguments(service, nil))
		o.holdsWorking(made)
		o.asked("POST", userRoute, 2)
	})
}

// TestMagpieAccessToken_createThrottled waits as the server asks, and mints once.
func TestMagpieAccessToken_createThrottled(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.fault("POST", userRoute, "429:1", 1)
	o.holdsWorking(o.engine(service).Create(arguments(service, nil)))
	o.left("18")
	o.asked("POST", userRoute, 2)
}

// TestMagpieAccessToken_createAnswerLostUnderLag names the token of a lost answer that the last look shows. If no look has shown it, the
// same run mints nothing else for the account until lists must show it: it would be taken for the next token.
func TestMagpieAccessToken_createAnswerLostUnderLag(t *testing.T) {
	t.Parallel()
	for _, kind := range plainKinds() {
		for lag, message := range map[string]string{"lag:3": lostAndNamed, "lag:4": `The account has no new token so far`} {
			o := emulate(t)
			foreign := o.seed(o.owner(kind))
			o.fault("POST", mintOf(kind), "drop-after", 1)
			o.meanwhile(func() { o.fault("GET", listOf(kind), lag, 1) })
			e := o.engine(kind)
			if made := o.fails(message)(e.TryChange(nil, arguments(kind, nil))); made != nil {
				t.Errorf("%s: in the state: %v", kind, made)
			}
			if lag == "lag:4" {
				if made := o.fails(`Nothing was minted: an earlier request of this run`)(e.TryChange(nil, arguments(kind, nil))); made != nil {
					t.Errorf("%s: in the state: %v", kind, made)
				}
				o.Clock().Advance(afterLag)
			}
			o.asked("POST", mintOf(kind), 1)
			o.holdsWorking(e.Create(arguments(kind, nil)))
			o.left(foreign.ID, "19", "20")
		}
	}
}

// TestMagpieAccessToken_neighborLost does the same where it was a rotation of the whole account whose answer was lost.
func TestMagpieAccessToken_neighborLost(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	both := o.together(exclusive, service)
	o.fault("POST", rotateRoute, "drop-after", 1)
	o.meanwhile(func() { o.fault("GET", userRoute, "lag:4", 1) })
	o.fails(`the answer to the rotation was lost`)(both[exclusive].TryChange(nil, arguments(exclusive, nil)))
	o.fails(`Nothing was minted: an earlier request of this run`)(both[service].TryChange(nil, arguments(service, nil)))
	o.asked("POST", userRoute, 0)
	o.left("18")
	o.Clock().Advance(afterLag)
	o.holdsWorking(both[service].Create(arguments(service, nil)))
}

// TestMagpieAccessToken_createLostAndUnlistable cannot find out what became of the token, and says so.
func TestMagpieAccessToken_createLostAndUnlistable(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	foreign := o.seed(robot)
	o.fault("POST", userRoute, "drop-after", 1)
	o.meanwhile(func() { o.fault("GET", userRoute, "status:500", 20) })
	o.fails(`Before the request, the account had these tokens: ` + foreign.ID + `.`)(o.engine(service, impatience).TryChange(nil, arguments(service, nil)))
	o.asked("POST", userRoute, 1)
}

// TestMagpieAccessToken_listFailsFirst mints nothing when there is nothing to compare a later list with.
func TestMagpieAccessToken_listFailsFirst(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		o := emulate(t)
		o.fault("GET", listOf(kind), "html", 1)
		o.fails(`because the tokens that exist could not be listed first`)(o.engine(kind).TryChange(nil, arguments(kind, nil)))
		o.asked("POST", mintOf(kind), 0)
	}
}

// TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLost proves by the list that the rotation happened, and does it once more.
func TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLost(t *testing.T) {
	t.Parallel()
	cases := map[string]string{}
	for _, word := range []string{"drop-after", "502-after", "truncate-silent", "html-after", "hang-after"} {
		cases[word] = word
	}
	eachCase(t, cases, func(t *testing.T, word string) {
		t.Helper()
		o := emulate(t)
		o.seed(robot)
		config := func(generation string) values {
			return arguments(exclusive, values{"rotation_triggers": generationOf(generation)})
		}
		first := o.losing(exclusive, "POST", rotateRoute, word).Create(config("1"))
		o.holdsWorking(first)
		o.asked("POST", rotateRoute, 2)
		second := o.losing(exclusive, "POST", rotateRoute, word).Change(first, config("2"))
		o.holdsWorking(second)
		o.asked("POST", rotateRoute, 4)
		o.left(second.Text("id"))
		if second.Text("token") == first.Text("token") {
			t.Error("the token was not rotated")
		}
	})
}

// TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLostWithoutProof sends nothing a second time: the account had no tokens, so a new one may be
// somebody else's.
func TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLostWithoutProof(t *testing.T) {
	t.Parallel()
	type lost struct{ word, message string }
	eachCase(t, map[string]lost{
		"done":     {"drop-after", `whether it happened is not certain. New on the account since then: 18.`},
		"not done": {"drop-before", `The account's tokens are as they were.`},
	}, func(t *testing.T, c lost) {
		t.Helper()
		o := emulate(t)
		o.fault("POST", rotateRoute, c.word, 1)
		if failed := o.fails(c.message)(o.engine(exclusive).TryChange(nil, arguments(exclusive, nil))); failed != nil {
			t.Errorf("in the state: %v", failed.Attributes)
		}
		made := o.engine(exclusive).Create(arguments(exclusive, nil))
		o.holdsWorking(made)
		o.left(made.Text("id"))
		o.asked("POST", rotateRoute, 2)
	})
}

// TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLostUnderLag rotates once more if the last look proves that the rotation
// happened, and nothing a second time without that proof; then the next apply rotates.
func TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLostUnderLag(t *testing.T) {
	t.Parallel()
	config := func(generation string) values { return values{"rotation_triggers": generationOf(generation)} }
	for lag, lost := range map[string]bool{"lag:3": false, "lag:4": true} {
		o := emulate(t)
		l := o.subject(exclusive)
		first := l.Does("create", config("1"))
		o.Clock().Advance(time.Hour)
		o.fault("POST", rotateRoute, "drop-after", 1)
		o.meanwhile(func() { o.fault("GET", userRoute, lag, 1) })
		if lost {
			if kept := l.fails(`The account's tokens are as they were. Apply again to rotate once more`, config("2")); !same(kept, first) {
				t.Errorf("the state holds %v", kept.Attributes)
			}
			o.asked("POST", rotateRoute, 2)
			// The list shows by now that the token of the state is gone.
			l.did("create", l.Run(config("2")))
		} else {
			l.Does("rotate", config("2"))
		}
		o.asked("POST", rotateRoute, 3)
		o.holdsWorking(l.Object)
		o.left(l.Object.Text("id"))
		l.destroys()
	}
}

// TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerAlwaysLost gives up after a while.
func TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerAlwaysLost(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.seed(robot)
	o.fault("POST", rotateRoute, "drop-after", 3)
	o.fails(`the answer to the rotation was lost 3 times. The account has tokens whose secret nobody knows (21)`)(o.engine(exclusive).TryChange(nil, arguments(exclusive, nil)))
	o.holdsWorking(o.engine(exclusive).Create(arguments(exclusive, nil)))
	o.left("22")
}

// TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLostAndUnlistable keeps the state as it is; the dead token is found to be
// missing then.
func TestMagpieServiceAccountExclusiveAccessToken_rotateAnswerLostAndUnlistable(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	l := o.subject(exclusive)
	l.Start = func() *protocoltest.Engine { return o.engine(exclusive, impatience) }
	config := func(generation string) values { return values{"rotation_triggers": generationOf(generation)} }
	first := l.Does("create", config("1"))
	o.fault("POST", rotateRoute, "drop-after", 1)
	o.meanwhile(func() { o.fault("GET", userRoute, "status:500", 1) })
	if kept := l.fails(`and the account has a new token, whose secret nobody knows. Apply again, which replaces it, or delete it in Magpie`, config("2")); !same(kept, first) {
		t.Errorf("the state holds %v", kept)
	}
	o.asked("POST", rotateRoute, 2)
	o.Clock().Advance(afterLag)
	second := l.Does("create", config("2"))
	o.holdsWorking(second)
	o.left(second.Text("id"))
	if second.Text("token") == first.Text("token") {
		t.Error("the token was not rotated")
	}
	l.destroys()
}

// TestMagpieAccessToken_deleteAnswers believes the list about a deletion, and not its answer.
func TestMagpieAccessToken_deleteAnswers(t *testing.T) {
	t.Parallel()
	cases := map[string]func(o *organization){
		"done, always 500": func(o *organization) {
			o.turn(func(w *fake.Switches) { w.FailingDeletes, w.UnknownIDStatus = 9, 500 })()
		},
		"done, list lags":        func(o *organization) { o.turn(func(w *fake.Switches) { w.ListLag = 2 })() },
		"not done, answered 503": func(o *organization) { o.fault("DELETE", itemRoute, "status:503", 1) },
		"deleted already":        func(o *organization) { o.forget("18") },
		"account dropped": func(o *organization) {
			if err := o.Magpie.DropUser(robot); err != nil {
				o.t.Error(err)
			}
		},
	}
	for _, word := range []string{"400-after", "html-after", "drop-after"} {
		cases[word] = func(o *organization) { o.fault("DELETE", itemRoute, word, 1) }
	}
	eachCase(t, cases, func(t *testing.T, happens func(o *organization)) {
		t.Helper()
		o := emulate(t)
		made := o.engine(service).Create(arguments(service, nil))
		happens(o)
		o.engine(service).Destroy(made)
		o.left()
	})
}

// listFailsAfterDeletion lets the list fail that would tell whether a token was deleted; the first one shows what there is to delete.
func (o *organization) listFailsAfterDeletion() {
	o.fault("GET", userRoute, "slow:1ms", 1)
	o.fault("GET", userRoute, "html", 1)
}

// notDeleted are ways in which a deletion does not happen, by the message that tells of it.
func notDeleted() map[string]func(o *organization) {
	return map[string]func(o *organization){
		`was confirmed by Magpie, but the list still shows it`: func(o *organization) { o.turn(func(w *fake.Switches) { w.IgnoredDeletes = 1 })() },
		`is still on the account`:                              func(o *organization) { o.fault("DELETE", itemRoute, "status:403", 1) },
		`the token 18 could not be deleted`: func(o *organization) {
			o.fault("DELETE", itemRoute, "status:400", 1)
			o.listFailsAfterDeletion()
		},
		`that would confirm it could not be read`: func(o *organization) {
			o.turn(func(w *fake.Switches) { w.IgnoredDeletes = 1 })()
			o.listFailsAfterDeletion()
		},
	}
}

// TestMagpieAccessToken_deleteNotDone keeps what could not be deleted in the state.
func TestMagpieAccessToken_deleteNotDone(t *testing.T) {
	t.Parallel()
	cases := map[string]string{}
	for message := range notDeleted() {
		cases[message] = message
	}
	eachCase(t, cases, func(t *testing.T, message string) {
		t.Helper()
		o := emulate(t)
		made := o.engine(service).Create(arguments(service, nil))
		notDeleted()[message](o)
		if kept := o.fails(message)(o.engine(service).TryDestroy(made)); kept == nil || !same(kept, made) {
			t.Error("the state does not hold the token any more")
		}
		o.left("18")
	})
}

// TestMagpieAccessToken_deleteUnlistable keeps the current token where the account cannot be listed: only it leads to what an interrupted
// rotation may have left. The previous token is revoked.
func TestMagpieAccessToken_deleteUnlistable(t *testing.T) {
	t.Parallel()
	o, l, _, second := inOverlap(t, service)
	o.fault("GET", listOf(service), "html", 1)
	o.Journal().Reset()
	l.Object = o.fails(`The token ` + second.Text("id") + ` was not deleted, because the tokens could not be listed`)(o.engine(service).TryDestroy(l.Object))
	o.asked("DELETE", itemRoute, 1)
	o.hasNoPrevious(l.Object)
	o.holdsWorking(l.Object)
	o.left(second.Text("id"))
	l.destroys()
}
