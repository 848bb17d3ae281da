package magpie_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

const (
	robots = 4
	many   = 40
)

func robotName(i int) string { return fmt.Sprintf("robot+%d@example.com", i) }

// ofRobot is a token of one of a few service accounts.
func ofRobot(i int) values { return values{"user_name": robotName(i % robots)} }

func (o *organization) addRobots() {
	for i := range robots {
		o.user(robotName(i))
	}
}

// inParallel does something for many tokens, ten at a time as Terraform does.
func inParallel(count int, do func(i int)) {
	var group errgroup.Group
	group.SetLimit(10)
	for i := range count {
		group.Go(func() error {
			do(i)
			return nil
		})
	}
	_ = group.Wait()
}

// TestMagpieServiceAccountAccessToken_many mints many tokens in parallel: three requests for each, because an id is believed after two
// looks, one list more for each account, and one login.
func TestMagpieServiceAccountAccessToken_many(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	// The waits for one account's lists must not age those of another.
	o.env.Now = time.Now
	o.addRobots()
	var made [many]*object
	identified := func(description string) {
		for i, object := range made {
			stored, ok := o.Magpie.Token(object.Text("id"))
			if !ok || stored.Secret != object.Text("token") || stored.User != robotName(i%robots) || !o.use(stored.Secret).Works() {
				t.Errorf("the token %d has the id of another token: %v", i, object)
			}
			if want := strings.ReplaceAll(description, "#", fmt.Sprint(i)); stored.Description != want {
				t.Errorf("the token %d is described as %q", i, stored.Description)
			}
		}
	}
	p := o.engine(service)
	inParallel(many, func(i int) { made[i] = p.Create(ofRobot(i)) })
	o.asked("POST", userRoute, many)
	o.asked("GET", userRoute, 2*many+robots)
	o.asked("POST", loginRoute, 1)
	identified("")

	o.Journal().Reset()
	p = o.engine(service)
	inParallel(many, func(i int) {
		if read := p.MustRead(made[i]); !same(read, made[i]) {
			t.Errorf("read %v", read)
		}
	})
	o.asked("GET", userRoute, robots)
	o.asked("POST", loginRoute, 1)

	// Descriptions are set in parallel, too, while lists overtake one another.
	p = o.engine(service)
	inParallel(many, func(i int) {
		made[i] = p.Change(made[i], ofRobot(i).With(values{"description": fmt.Sprint("number ", i)}))
	})
	identified("number #")
	p = o.engine(service)
	inParallel(many, func(i int) { p.Destroy(made[i]) })
	o.leftOfRobots()
}

// leftOfRobots checks that the accounts hold nothing any more.
func (o *organization) leftOfRobots() {
	o.t.Helper()
	for i := range robots {
		if left := o.Magpie.Tokens(robotName(i)); len(left) != 0 {
			o.t.Errorf("left behind: %+v", left)
		}
	}
}

// TestMagpieServiceAccountAccessToken_otherCreator mints while somebody else mints for the same accounts: every token is known by its
// own id, or the error names what it could be, and nothing of the other's is touched.
func TestMagpieServiceAccountAccessToken_otherCreator(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.addRobots()
	var mu sync.Mutex
	var foreign []string
	mints := 0
	o.Magpie.OnBeforeCreate(func(user string) {
		mu.Lock()
		defer mu.Unlock()
		if mints++; mints%3 == 0 && mints <= many {
			foreign = append(foreign, o.seed(user).ID)
		}
	})
	var made [many]*object
	var said [many]protocoltest.Diagnostics
	p := o.engine(service)
	inParallel(many, func(i int) { made[i], said[i] = p.TryChange(nil, ofRobot(i)) })
	var text string
	for i, object := range made {
		if object == nil || (object.Text("id") == "") != said[i].Failed() {
			t.Fatalf("the state holds %v after %s", object, said[i])
		}
		text += said[i].Errors().String()
	}
	if len(foreign) != many/3 || text == "" {
		t.Fatalf("%d foreign tokens, error %q: the test proves nothing", len(foreign), text)
	}
	// What has no id could be any of those that were minted later, until they are gone, too.
	p = o.engine(service)
	var unknown []*object
	for _, object := range made {
		if object.Text("id") == "" {
			unknown = append(unknown, o.fails(`the provider could delete somebody else's token`)(p.TryDestroy(object)))
		}
	}
	o.accounted(made[:], foreign, text)
	p = o.engine(service)
	inParallel(many, func(i int) {
		if made[i].Text("id") != "" {
			p.Destroy(made[i])
		}
	})
	o.Clock().Advance(afterLag)
	p = o.engine(service)
	inParallel(len(unknown), func(i int) { p.Destroy(unknown[i]) })
	o.leftOfRobots()
}

// accounted checks that the objects or an error know every token of the run, and that the others' are alive. Then it deletes manually
// what the error names, so that the objects without an id can be destroyed.
func (o *organization) accounted(made []*object, foreign []string, text string) {
	o.t.Helper()
	known, secrets := map[string]bool{}, map[string]bool{}
	for _, object := range made {
		known[object.Text("id")], secrets[object.Text("token")] = true, true
	}
	if len(secrets) != many || secrets[""] {
		o.t.Errorf("the state holds %d tokens", len(secrets))
	}
	alive := 0
	for i := range robots {
		for _, stored := range o.Magpie.Tokens(robotName(i)) {
			switch {
			case slices.Contains(foreign, stored.ID):
				if alive++; known[stored.ID] || secrets[stored.Secret] || stored.Disabled {
					o.t.Errorf("the other creator's token %s was touched", stored.ID)
				}
				o.forget(stored.ID)
			case !secrets[stored.Secret]:
				o.t.Errorf("the state lacks the token %s", stored.ID)
			case !known[stored.ID]:
				if !says(stored.ID).MatchString(text) {
					o.t.Errorf("no error names the token %s", stored.ID)
				}
				o.forget(stored.ID)
			}
		}
	}
	if alive != len(foreign) {
		o.t.Errorf("%d of the other creator's %d tokens are left", alive, len(foreign))
	}
}

// TestMagpieServiceAccountAccessToken_otherCreatorUnderLag meets a list that shows somebody else's token late, and the minted one later
// still: the first is not taken for the second.
func TestMagpieServiceAccountAccessToken_otherCreatorUnderLag(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.turn(func(w *fake.Switches) { w.ListLag = 1 })()
	foreign := o.seed(robot, func(k *fake.Token) { k.Created = time.Now().Add(-time.Minute) })
	o.fails(`tokens were created for the same account at the same time. It is one of: ` + o.candidates(foreign.ID) + `; 19, created `)(o.engine(service).TryChange(nil, arguments(service, nil)))
	o.left(foreign.ID, "19")
}

// TestMagpieServiceAccountAccessToken_otherCreatorInTheSameSecond: nothing but a second look tells the other's token from the minted one.
func TestMagpieServiceAccountAccessToken_otherCreatorInTheSameSecond(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	o.turn(func(w *fake.Switches) { w.ListLag = 1 })()
	var foreign fake.Token
	o.Magpie.OnBeforeCreate(func(user string) { foreign = o.seed(user) })
	o.fails(`tokens were created for the same account at the same time. It is one of: 18, created `)(o.engine(service).TryChange(nil, arguments(service, nil)))
	o.left(foreign.ID, "19")
}
