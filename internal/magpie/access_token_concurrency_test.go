package magpie_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

const (
	robots = 4
	many   = 40
)

func robotName(i int) string { return fmt.Sprintf("robot+%d@example.com", i) }

// robotTokens are many tokens over a few service accounts.
func (o *organization) robotTokens(lines ...string) string {
	lines = append([]string{fmt.Sprintf("count = %d", many), fmt.Sprintf(`user_name = "robot+${count.index %% %d}@example.com"`, robots)}, lines...)
	text := "resource \"" + service + "\" \"test\" {\n"
	for _, line := range lines {
		text += "  " + line + "\n"
	}
	return o.config(text + "}\n")
}

func (o *organization) addRobots() {
	for i := range robots {
		o.user(robotName(i))
	}
}

// TestAccMagpieServiceAccountAccessToken_many mints many tokens in parallel: three requests for each, because an id is believed after two
// looks, one list more for each account, and one login.
func TestAccMagpieServiceAccountAccessToken_many(t *testing.T) {
	o := emulate(t)
	// The waits for one account's lists must not age those of another.
	o.env.Now = time.Now
	o.addRobots()
	config := o.robotTokens()
	var identified resource.TestCheckFunc = func(state *terraform.State) error {
		for name, r := range state.RootModule().Resources {
			a := r.Primary.Attributes
			if stored, ok := o.Magpie.Token(a["id"]); !ok || stored.Secret != a["token"] || stored.User != a["user_name"] {
				return fmt.Errorf("%s has the id of another token", name)
			}
		}
		return nil
	}
	o.test(
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: then(resource.ConfigPlanChecks{}, o.Journal().Reset),
			Check:            all(identified, o.sent("POST", userRoute, many), o.sent("GET", userRoute, 2*many+robots), o.sent("POST", loginRoute, 1)),
		},
		resource.TestStep{
			PreConfig: o.Journal().Reset, Config: config,
			ConfigPlanChecks: then(resource.ConfigPlanChecks{}, func() {
				if lists, logins := o.requests("GET", userRoute), o.requests("POST", loginRoute); lists != robots || logins != 1 {
					t.Errorf("the plan took %d lists and %d logins", lists, logins)
				}
			}),
		},
		// Descriptions are set in parallel, too, while lists overtake one another.
		resource.TestStep{Config: o.robotTokens(`description = "number ${count.index}"`), Check: identified},
	)
}

// TestAccMagpieServiceAccountAccessToken_otherCreator mints while somebody else mints for the same accounts: every token is known by
// its own id, or the error names what it could be, and nothing of the other's is touched.
func TestAccMagpieServiceAccountAccessToken_otherCreator(t *testing.T) {
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
	var text string
	o.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: o.factories(),
		ErrorCheck: func(err error) error {
			if text == "" {
				text = err.Error()
				return nil
			}
			return err
		},
		CheckDestroy: func(*terraform.State) error { return nil },
		Steps: []resource.TestStep{
			{Config: o.robotTokens()},
			{RefreshState: true, ExpectNonEmptyPlan: true, Check: func(state *terraform.State) error {
				if len(foreign) != many/3 || text == "" {
					return fmt.Errorf("%d foreign tokens, error %q: the test proves nothing", len(foreign), text)
				}
				return o.accounted(state, foreign, text)
			}},
			// What has no id could be any of those that were minted later, until they are gone, too.
			{Config: o.robotTokens(), Destroy: true, ExpectError: says(`deleting it could hit somebody else's`)},
			{PreConfig: func() { o.Clock().Advance(afterLag) }, Config: o.robotTokens(), Destroy: true},
		},
	})
	for i := range robots {
		if left := o.Magpie.Tokens(robotName(i)); len(left) != 0 {
			t.Errorf("left behind: %+v", left)
		}
	}
}

// accounted checks that the state or an error knows every token of the run, and that the others' are alive. Then it deletes by
// hand what the error names, so that the resources without an id can be destroyed.
func (o *organization) accounted(state *terraform.State, foreign []string, text string) error {
	known, secrets := map[string]bool{}, map[string]bool{}
	for _, r := range state.RootModule().Resources {
		known[r.Primary.Attributes["id"]], secrets[r.Primary.Attributes["token"]] = true, true
	}
	if len(secrets) != many {
		return fmt.Errorf("the state holds %d tokens", len(secrets))
	}
	var problems error
	alive := 0
	for i := range robots {
		for _, stored := range o.Magpie.Tokens(robotName(i)) {
			switch {
			case slices.Contains(foreign, stored.ID):
				if alive++; known[stored.ID] || secrets[stored.Secret] || stored.Disabled {
					problems = errors.Join(problems, fmt.Errorf("the other creator's token %s was touched", stored.ID))
				}
				o.forget(stored.ID)
			case !secrets[stored.Secret]:
				problems = errors.Join(problems, fmt.Errorf("the state lacks the token %s", stored.ID))
			case !known[stored.ID]:
				if !says(stored.ID).MatchString(text) {
					problems = errors.Join(problems, fmt.Errorf("no error names the token %s", stored.ID))
				}
				o.forget(stored.ID)
			}
		}
	}
	if alive != len(foreign) {
		problems = errors.Join(problems, fmt.Errorf("%d of the other creator's %d tokens are left", alive, len(foreign)))
	}
	return problems
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
