package truefoundry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// counting counts the plans that are made without the framework.
type counting struct {
	*lone
	short int
}

func (c *counting) PlanUnchanged(ctx context.Context, request *tfprotov6.PlanResourceChangeRequest) *tfprotov6.PlanResourceChangeResponse {
	answer := c.lone.PlanUnchanged(ctx, request)
	if answer != nil {
		c.short++
	}
	return answer
}

// counted starts a process that counts.
func (p *plane) counted(kind string, more ...args) (*counting, *protocoltest.Engine) {
	p.t.Helper()
	run := &counting{lone: p.alone(p)}
	process := p.process(kind, more...)
	process.Server = protocoltest.Compared(run)
	return run, protocoltest.Start(p.t, process)
}

// TestVirtualAccount_plansNothing: an unchanged account is planned without the framework, with a refresh and without; one that changes, or of
// which there is something to say, is not.
func TestVirtualAccount_plansNothing(t *testing.T) {
	t.Parallel()
	p := emulate(t)
	account := p.subject(vaType)
	config := args{"name": "reader", "rotate_before_expiry": "168h", "expiration_date": "2035-01-31"}
	account.Does("create", config)
	unreadable, damaged := *account.Object, *account.Object
	private, err := json.Marshal(map[string][]byte{"mint": []byte(`{"version":99}`)})
	if err != nil {
		t.Fatal(err)
	}
	unreadable.Private = private
	damaged.State = &tfprotov6.DynamicValue{MsgPack: bytes.ReplaceAll(damaged.State.MsgPack, []byte("168h"), []byte("soon"))}
	for name, c := range map[string]struct {
		of     *protocoltest.Object
		config args
		short  int
		says   string
	}{
		"unchanged":         {account.Object, config, 1, ""},
		"other tags":        {account.Object, config.With(args{"tags": args{"a": "b"}}), 0, ""},
		"unreadable record": {&unreadable, config, 0, "The private state of a token cannot be read"},
		"no duration":       {&damaged, config.With(args{"rotate_before_expiry": "soon"}), 0, "Invalid duration"},
	} {
		run, e := p.counted(vaType)
		plan := e.Plan(c.of, c.config)
		if said := plan.Diagnostics.Summaries(); run.short != c.short || (said == "") != (c.says == "") || !strings.Contains(said, c.says) {
			t.Errorf("%s: %d plans without the framework, said is %q", name, run.short, said)
		}
	}
	run, e := p.counted(vaType)
	if e.MustPlan(e.MustRead(account.Object), config); run.short != 1 {
		t.Error("after a refresh the framework was asked")
	}
	if _, said := e.Read(&damaged); said.Errors().Summaries() != "Invalid duration" {
		t.Errorf("the refresh of a state without a duration says %s", said)
	}
	account.end()
}
