package magpie_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// life is one resource through its runs.
type life struct {
	o    *organization
	kind string
	now  *answer
}

func (o *organization) life(kind string) *life { return &life{o: o, kind: kind} }

// refresh reads the object in a run of its own.
func (l *life) refresh() answer {
	l.o.t.Helper()
	if l.now == nil {
		return answer{}
	}
	read := l.o.protocol().read(l.kind, *l.now)
	if read.errors() == "" && read.isNull() {
		l.now = nil
	} else {
		l.now = &read
	}
	return read
}

// plan plans a configuration in a run of its own, without a refresh.
func (l *life) plan(config map[string]any) answer {
	l.o.t.Helper()
	return l.o.protocol().plan(l.kind, l.now, arguments(l.kind, config))
}

// try refreshes and plans, and applies what is planned in another run, as a pipeline does. It returns what was done, and the last
// answer.
func (l *life) try(config map[string]any) (string, answer) {
	l.o.t.Helper()
	p := l.o.protocol()
	if l.now != nil {
		read := p.read(l.kind, *l.now).fine()
		if l.now = &read; read.isNull() {
			l.now = nil
		}
	}
	early := p.plan(l.kind, l.now, arguments(l.kind, config))
	switch {
	case early.errors() != "":
		return "plan", early
	case l.now != nil && early.equals(*l.now):
		return "nothing", early
	}
	return l.carryOut(early, config)
}

// carryOut applies a plan that was made before: Terraform plans again then, and holds the second plan to the first one.
func (l *life) carryOut(early answer, config map[string]any) (string, answer) {
	l.o.t.Helper()
	config = arguments(l.kind, config)
	p := l.o.protocol()
	late := p.plan(l.kind, l.now, config)
	if late.errors() != "" {
		return "plan", late
	}
	done := "update"
	switch {
	case l.now == nil:
		done = "create"
	case early.replaces:
		if gone := p.destroy(l.kind, *l.now); gone.errors() != "" {
			return "destroy", gone
		}
		l.now, done = nil, "replace"
		late = p.plan(l.kind, nil, config)
	default:
		early.narrowsTo(late)
		if late.equals(*l.now) {
			return "nothing", late
		}
		if !late.values()["id"].IsKnown() {
			done = "rotate"
		}
	}
	made := p.carryOut(l.kind, l.now, late, config)
	if !made.isNull() {
		l.now = &made
	}
	return done, made
}

// does applies, expects that it did what is expected, and that nothing is left to do.
func (l *life) does(want string, config map[string]any) answer {
	l.o.t.Helper()
	got, made := l.try(config)
	made.fine()
	if got != want {
		l.o.t.Errorf("%s instead of %s", got, want)
	}
	if got != "nothing" {
		// Without a refresh, too.
		if planned := l.plan(config).fine(); !planned.equals(*l.now) {
			l.o.t.Errorf("after %s: planned %v", got, planned.values())
		}
		if again, _ := l.try(config); again != "nothing" {
			l.o.t.Errorf("after %s: %s", got, again)
		}
	}
	return *l.now
}

// fails applies, and expects an error.
func (l *life) fails(message string, config map[string]any) answer {
	l.o.t.Helper()
	_, made := l.try(config)
	return made.fails(message)
}

// ends destroys the object, and expects that of its tokens only these are left.
func (l *life) ends(left ...string) {
	l.o.t.Helper()
	l.o.protocol().destroy(l.kind, *l.now).fine()
	l.o.left(left...)
}

// narrowsTo fails the test unless a later plan only fills in what this one leaves unknown.
func (a answer) narrowsTo(late answer) {
	a.t.Helper()
	planned := late.values()
	for name, promised := range a.values() {
		if promised.IsFullyKnown() && !promised.Equal(planned[name]) {
			a.t.Errorf("%s was planned as %s and then as %s", name, promised, planned[name])
		}
	}
}

// remarks are all warnings.
func (a answer) remarks() string {
	text := ""
	for _, problem := range a.problems {
		if problem.Severity == tfprotov6.DiagnosticSeverityWarning {
			text += problem.Summary + ": " + problem.Detail + "\n"
		}
	}
	return text
}

// with makes a configuration of pairs.
func with(pairs ...any) map[string]any {
	config := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, _ := pairs[i].(string)
		config[name] = pairs[i+1]
		if text, isText := pairs[i+1].(string); isText && name == "rotation_triggers" {
			config[name] = generationOf(text)
		}
		if texts, isList := pairs[i+1].([]string); isList {
			var values []tftypes.Value
			for _, text := range texts {
				values = append(values, tftypes.NewValue(tftypes.String, text))
			}
			config[name] = tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, values)
		}
	}
	return config
}

// lives checks that exactly the tokens of these secrets are alive on the organization, and that each works.
func (o *organization) lives(secrets ...string) {
	o.t.Helper()
	for _, secret := range secrets {
		if !o.use(secret).Works() {
			o.t.Error("a token does not work")
		}
	}
	minted := o.Minted()
	if len(minted) != len(secrets) {
		o.t.Errorf("alive are %v instead of %d", minted, len(secrets))
	}
	for _, token := range minted {
		if stored, _ := o.Magpie.Token(token.ID); !slices.Contains(secrets, stored.Secret) {
			o.t.Errorf("the token %s is alive", token.ID)
		}
	}
}

// hasPrevious checks the generation before.
func (a answer) hasPrevious(before answer) {
	a.t.Helper()
	if a.text("previous_id") != before.text("id") || a.text("previous_secret") != before.text("token") ||
		a.text("previous_encrypted_secret") != before.text("encrypted_secret") || a.text("previous_revoked_after") == "" {
		a.t.Errorf("the generation before is %v", a.values())
	}
}

func (a answer) hasNoPrevious() {
	a.t.Helper()
	for name, v := range a.values() {
		if strings.HasPrefix(name, "previous_") && !v.IsNull() {
			a.t.Errorf("%s is %s", name, v)
		}
	}
}

// at is a time attribute.
func (a answer) at(name string) time.Time {
	a.t.Helper()
	at, err := time.Parse(time.RFC3339Nano, a.text(name))
	if err != nil {
		a.t.Errorf("%s: %s", name, err)
	}
	return at
}

// around checks that a time is near another.
func around(t *testing.T, got, want time.Time) {
	t.Helper()
	if got.Sub(want).Abs() > time.Minute {
		t.Errorf("%s is not about %s", got, want)
	}
}

// unknownOf is a value of an attribute that only the apply tells.
func unknownOf(p *protocol, kind, name string) tftypes.Value {
	object, _ := p.typeOf(kind).(tftypes.Object)
	return tftypes.NewValue(object.AttributeTypes[name], tftypes.UnknownValue)
}

// atOnce runs a test for several resources at the same time: they wait more than they work.
func atOnce(t *testing.T, kinds []string, test func(t *testing.T, kind string)) {
	t.Helper()
	cases := map[string]string{}
	for _, kind := range kinds {
		cases[kind] = kind
	}
	together(t, cases, test)
}
