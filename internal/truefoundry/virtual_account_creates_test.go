package truefoundry_test

import (
	"fmt"
	"testing"
)

// TestVirtualAccount_creates creates 20 accounts: whether a name is free is asked of the whole tenant, which the list does not show, and
// the answer to a creation needs no request after it.
func TestVirtualAccount_creates(t *testing.T) {
	t.Parallel()
	const accounts = 20
	p := emulate(t)
	e := p.engine(vaType)
	for i := range accounts {
		e.Change(nil, args{"name": fmt.Sprint("loader-", i)})
	}
	if puts, asked := p.requests("PUT", ""), p.requests("GET", vasRoute+"/exists"); puts != accounts || asked != accounts {
		t.Errorf("%d creations, %d questions for a name", puts, asked)
	}
}
