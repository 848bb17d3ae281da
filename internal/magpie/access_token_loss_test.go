package magpie_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// meanwhile lets something happen just before the next mint.
func (o *organization) meanwhile(happens func()) {
	var once sync.Once
	o.Magpie.OnBeforeCreate(func(string) { once.Do(happens) })
}

// TestAccMagpieAccessToken_createAnswerLost mints a token whose answer never arrives: it is named and left alone, and nothing is
// minted a second time.
func TestAccMagpieAccessToken_createAnswerLost(t *testing.T) {
	for i, word := range []string{"drop-after", "502-after", "500-after", "truncate", "truncate-silent", "html-after", "hang-after"} {
		kind := plainKinds()[i%2]
		t.Run(word, func(t *testing.T) {
			o := emulate(t)
			foreign := o.seed(o.owner(kind))
			o.fault("POST", mintOf(kind), word, 1)
			o.testLeaving(resource.TestStep{
				Config:      o.configOf(hasty(), block(kind)),
				ExpectError: says(`the answer to the creation was lost. New on the account since then, and possibly made by this run: 19.`),
			})
			if ids := o.ids(); strings.Join(ids, " ") != foreign.ID+" 19" {
				t.Errorf("on the account: %v", ids)
			}
			if got := o.requests("POST", mintOf(kind)); got != 1 {
				t.Errorf("%d mints were sent", got)
			}
		})
	}
}

// TestAccMagpieAccessToken_createNotDone meets failures after which no token exists.
func TestAccMagpieAccessToken_createNotDone(t *testing.T) {
	const second = "second@example.com"
	for message, words := range map[string][]string{
		`No new token is on the account so far`: {"drop-before", "status:503", "html"},
		`the user needs the permission AccessToken, and must be an organization admin for service accounts' tokens`: {"status:403", "status:403", "status:403"},
	} {
		t.Run(words[0], func(t *testing.T) {
			o := emulate(t)
			o.user(second)
			config := o.config(block(personal), block(service), strings.Replace(blockFor(service, second), `"test"`, `"second"`, 1))
			o.fault("POST", ownRoute, words[0], 1)
			o.fault("POST", userRoute, words[1], 1)
			o.fault("POST", userRoute, words[2], 1)
			o.test(
				resource.TestStep{Config: config, ExpectError: says(message)},
				resource.TestStep{
					PreConfig: func() {
						if got := o.requests("POST", ownRoute) + o.requests("POST", userRoute); got != 3 || len(o.Minted()) != 0 {
							t.Errorf("%d mints were sent, %v exist", got, o.Minted())
						}
					},
					Config: config, Check: all(o.works(personal), o.works(service), o.sent("POST", ownRoute, 2), o.sent("POST", userRoute, 4)),
				},
			)
		})
	}
}

// TestAccMagpieAccessToken_createThrottled waits as the server asks, and mints once.
func TestAccMagpieAccessToken_createThrottled(t *testing.T) {
	o := emulate(t)
	o.fault("POST", userRoute, "429:1", 1)
	o.test(resource.TestStep{Config: o.config(block(service)), Check: all(o.works(service), o.holds(1), o.sent("POST", userRoute, 2))})
}

// TestAccMagpieAccessToken_createLostAndUnlistable cannot find out what became of the token, and says so.
func TestAccMagpieAccessToken_createLostAndUnlistable(t *testing.T) {
	o := emulate(t)
	foreign := o.seed(robot)
	o.fault("POST", userRoute, "drop-after", 1)
	o.meanwhile(func() { o.fault("GET", userRoute, "status:500", 20) })
	o.testLeaving(resource.TestStep{
		Config:      o.configOf(impatient(), block(service)),
		ExpectError: says(`The account's tokens before were: ` + foreign.ID + `.`),
	})
	if got := o.requests("POST", userRoute); got != 1 {
		t.Errorf("%d mints were sent", got)
	}
}

// TestAccMagpieAccessToken_listFailsFirst mints nothing when there is nothing to compare a later list with.
func TestAccMagpieAccessToken_listFailsFirst(t *testing.T) {
	o := emulate(t)
	o.fault("GET", "", "html", 1)
	o.test(resource.TestStep{
		Config:      o.config(block(service)),
		ExpectError: says(`nothing was created, because the tokens that exist could not be listed first`),
	})
	if got := o.requests("POST", userRoute); got != 0 {
		t.Errorf("%d mints were sent", got)
	}
}

// TestAccMagpieAccessToken_rotateAnswerLost proves by the list that the rotation happened, and does it once more.
func TestAccMagpieAccessToken_rotateAnswerLost(t *testing.T) {
	for _, word := range []string{"drop-after", "502-after", "truncate-silent", "html-after", "hang-after"} {
		t.Run(word, func(t *testing.T) {
			o := emulate(t)
			o.seed(robot)
			first := of(exclusive)
			config := func(generation string) string {
				return o.configOf(hasty(), block(exclusive, `rotation_triggers = { generation = "`+generation+`" }`))
			}
			o.test(
				resource.TestStep{
					PreConfig: func() { o.fault("POST", rotateRoute, word, 1) },
					Config:    config("1"), Check: all(first.keep, o.works(exclusive), o.holds(1), o.sent("POST", rotateRoute, 2)),
				},
				resource.TestStep{
					PreConfig: func() { o.fault("POST", rotateRoute, word, 1) },
					Config:    config("2"), Check: all(first.replaced, o.works(exclusive), o.holds(1), o.sent("POST", rotateRoute, 4)),
				},
			)
		})
	}
}

// TestAccMagpieAccessToken_rotateAnswerLostWithoutProof sends nothing a second time: the account had no tokens, so a new one may be
// somebody else's.
func TestAccMagpieAccessToken_rotateAnswerLostWithoutProof(t *testing.T) {
	for word, message := range map[string]string{
		"drop-after":  `whether it happened is not certain. New on the account since then: 18.`,
		"drop-before": `The account's tokens are as they were.`,
	} {
		t.Run(word, func(t *testing.T) {
			o := emulate(t)
			o.fault("POST", rotateRoute, word, 1)
			o.test(
				resource.TestStep{Config: o.config(block(exclusive)), ExpectError: says(message)},
				resource.TestStep{Config: o.config(block(exclusive)), Check: all(o.works(exclusive), o.holds(1), o.sent("POST", rotateRoute, 2))},
			)
		})
	}
}

// TestAccMagpieAccessToken_rotateAnswerAlwaysLost gives up after a while.
func TestAccMagpieAccessToken_rotateAnswerAlwaysLost(t *testing.T) {
	o := emulate(t)
	o.seed(robot)
	o.fault("POST", rotateRoute, "drop-after", 3)
	o.test(
		resource.TestStep{Config: o.config(block(exclusive)), ExpectError: says(`the answer to the rotation was lost 3 times. The account has tokens whose secret nobody knows (21)`)},
		resource.TestStep{Config: o.config(block(exclusive)), Check: all(o.works(exclusive), o.holds(1))},
	)
}

// TestAccMagpieAccessToken_rotateAnswerLostInPlace keeps the state as it is; the dead token is found to be missing then.
func TestAccMagpieAccessToken_rotateAnswerLostInPlace(t *testing.T) {
	o := emulate(t)
	first := of(exclusive)
	config := func(generation string) string {
		return o.configOf(impatient(), block(exclusive, `rotation_triggers = { generation = "`+generation+`" }`))
	}
	o.test(
		resource.TestStep{Config: config("1"), Check: first.keep},
		resource.TestStep{
			PreConfig: func() {
				o.fault("POST", rotateRoute, "drop-after", 1)
				o.meanwhile(func() { o.fault("GET", userRoute, "status:500", 1) })
			},
			Config: config("2"), ExpectError: says(`whether it happened is not known, because the list failed too`),
		},
		resource.TestStep{
			PreConfig: func() { o.Clock().Advance(settled) },
			Config:    config("2"), ConfigPlanChecks: planned(exclusive, plancheck.ResourceActionCreate),
			Check: all(first.replaced, o.works(exclusive), o.holds(1)),
		},
	)
}

// TestAccMagpieAccessToken_deleteAnswers believes the list about a deletion, and not its answer.
func TestAccMagpieAccessToken_deleteAnswers(t *testing.T) {
	for name, happens := range map[string]func(o *organization){
		"done, always 500": func(o *organization) {
			o.turn(func(w *fake.Switches) { w.FailingDeletes, w.UnknownIDStatus = 9, 500 })()
		},
		"answered in many ways": func(o *organization) {
			for _, word := range []string{"400-after", "html-after", "drop-after"} {
				o.fault("DELETE", itemRoute, word, 1)
			}
		},
		"done, list lags":        func(o *organization) { o.turn(func(w *fake.Switches) { w.ListLag = 2 })() },
		"not done, answered 503": func(o *organization) { o.fault("DELETE", itemRoute, "status:503", 1) },
		"account dropped": func(o *organization) {
			if err := o.Magpie.DropUser(robot); err != nil {
				o.t.Error(err)
			}
		},
		"deleted already": func(o *organization) {
			for _, id := range o.ids() {
				o.forget(id)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := emulate(t)
			config := o.config(block(service, "count = 3"))
			o.test(
				resource.TestStep{Config: config},
				resource.TestStep{Config: config, Destroy: true, ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() { happens(o) })},
			)
			if ids := o.ids(); len(ids) != 0 {
				t.Errorf("left behind: %v", ids)
			}
		})
	}
}

// TestAccMagpieAccessToken_deleteNotDone keeps what could not be deleted in the state.
func TestAccMagpieAccessToken_deleteNotDone(t *testing.T) {
	for message, happens := range map[string]func(o *organization){
		`was answered with success, but the list still shows it`: func(o *organization) { o.turn(func(w *fake.Switches) { w.IgnoredDeletes = 1 })() },
		`is still on the account`:                                func(o *organization) { o.fault("DELETE", itemRoute, "status:403", 1) },
		`the token 18 could not be deleted`: func(o *organization) {
			o.fault("DELETE", itemRoute, "status:400", 1)
			o.fault("GET", userRoute, "html", 1)
		},
		`could not be read back`: func(o *organization) {
			o.turn(func(w *fake.Switches) { w.IgnoredDeletes = 1 })()
			o.fault("GET", userRoute, "html", 1)
		},
	} {
		t.Run(message, func(t *testing.T) {
			o := emulate(t)
			first := of(service)
			config := o.config(block(service))
			o.test(
				resource.TestStep{Config: config, Check: first.keep},
				resource.TestStep{
					Config: config, Destroy: true, ExpectError: says(message),
					ConfigPlanChecks: then(planned(service, plancheck.ResourceActionDestroy), func() { happens(o) }),
				},
				resource.TestStep{Config: config, ConfigPlanChecks: planned(service, plancheck.ResourceActionNoop), Check: all(first.same, o.works(service))},
			)
		})
	}
}
