package magpie_test

import (
	"strings"
	"sync"
	"testing"
)

// TestMagpie_waiting runs the tests that wait, for lists that lag behind and for answers that do not come.
func TestMagpie_waiting(t *testing.T) {
	t.Parallel()
	together(t, map[string]func(*testing.T){
		"createAnswerLost":                testCreateAnswerLost,
		"createNotDone":                   testCreateNotDone,
		"createThrottled":                 testCreateThrottled,
		"deleteAnswers":                   testDeleteAnswers,
		"deleteNotDone":                   testDeleteNotDone,
		"descriptionNotKept":              testDescriptionNotKept,
		"exclusiveCreatedUnidentified":    testExclusiveCreatedUnidentified,
		"exclusiveListFailsAfterRotation": testExclusiveListFailsAfterRotation,
		"exclusiveOtherCreator":           testExclusiveOtherCreator,
		"failsOnce":                       testFailsOnce,
		"listLags":                        testListLags,
		"rotateAnswerLost":                testRotateAnswerLost,
		"rotateAnswerLostWithoutProof":    testRotateAnswerLostWithoutProof,
		"undocumented":                    testUndocumented,
		"updateAnswers":                   testUpdateAnswers,
	}, func(t *testing.T, test func(*testing.T)) {
		t.Helper()
		test(t)
	})
}

// together runs cases at the same time, however many tests run in parallel: they wait more than they work.
func together[C any](t *testing.T, cases map[string]C, run func(t *testing.T, c C)) {
	t.Helper()
	var all sync.WaitGroup
	for name, c := range cases {
		all.Go(func() { t.Run(name, func(t *testing.T) { run(t, c) }) })
	}
	all.Wait()
}

// arguments are those of the resource under test.
func arguments(kind string, more values) values {
	if kind == personal {
		return values{}.With(more)
	}
	return values{"user_name": robot}.With(more)
}

// generationOf are triggers.
func generationOf(name string) values { return values{"generation": name} }

// holdsWorking checks that an object's token works, and that its id is that of the token.
func (o *organization) holdsWorking(a *object) {
	o.t.Helper()
	if stored, ok := o.Magpie.Token(a.Text("id")); !ok || stored.Secret != a.Text("token") || !o.use(stored.Secret).Works() {
		o.t.Errorf("the token of the state does not work: %v", a)
	}
}

// left checks which tokens the organization holds.
func (o *organization) left(want ...string) {
	o.t.Helper()
	if ids := o.ids(); strings.Join(ids, " ") != strings.Join(want, " ") {
		o.t.Errorf("the organization holds %v instead of %v", ids, want)
	}
}

// asked checks how often the organization was asked for something.
func (o *organization) asked(method, route string, want int) {
	o.t.Helper()
	if err := o.sent(method, route, want)(nil); err != nil {
		o.t.Error(err)
	}
}
