package magpie_test

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// TestMagpieServiceAccountAccessToken_creates mints 20 tokens of 4 service accounts, ten at a time. The answer to a mint tells no id: two
// lists must show the same new token. The second is also the one that the account's next mint compares with, so that only the first mint
// of an account lists before.
func TestMagpieServiceAccountAccessToken_creates(t *testing.T) {
	t.Parallel()
	const accounts, tokens = 4, 20
	o := emulate(t)
	for i := range accounts {
		o.user(fmt.Sprintf("robot-%d@example.com", i))
	}
	// On a busy machine no list becomes too old to compare with.
	now := o.Clock().Now()
	o.env.Now = func() time.Time { return now }
	o.env.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	p := o.engine(service)
	o.Journal().Reset()
	inParallel(tokens, func(i int) {
		p.Change(nil, values{"user_name": fmt.Sprintf("robot-%d@example.com", i%accounts)})
	})
	if lists, mints, total := o.requests("GET", userRoute), o.requests("POST", userRoute), o.requests("", ""); lists != 2*tokens+accounts || mints != tokens || total != lists+mints+1 {
		t.Errorf("%d lists, %d mints, %d requests", lists, mints, total)
	}
}
