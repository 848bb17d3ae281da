//go:build unix

package provider_test

import (
	"sync/atomic"
	"testing"
)

// TestAccEphemeral_ephemeralKilled kills Terraform and the provider while a token is minted, and while it is used. Nothing closes it: it is
// alive at most until it expires, and the next run deletes what is left of it.
func TestAccEphemeral_ephemeralKilled(t *testing.T) {
	t.Parallel()
	forEachLent(t, func(t *testing.T, name string, of lentToken) {
		t.Run("minted", func(t *testing.T) {
			t.Parallel()
			l := newLending(t, name, of)
			l.order(1, applying, `lifetime = "30m"`)
			l.kill(func() bool { return true }, l.member.mint)
			if alive := l.live(); alive != 1 {
				t.Fatalf("the killed run has left %d tokens", alive)
			}
			l.counts("the killed run", l.succeeded(l.member.mint), 0, 1)
			if of.neverExpires {
				// What marks such a token follows its mint, whose answer never came. Nobody can prove whose it is.
				l.mustRun("apply", "-no-color", "-auto-approve")
				l.counts("the next run", 1, 1, 1)
				return
			}
			l.recovers()
		})
		t.Run("used", func(t *testing.T) {
			t.Parallel()
			l := newLending(t, name, of)
			l.order(1, applying, `lifetime = "30m"`)
			var isUsed atomic.Bool
			killed := make(chan struct{})
			l.sink.Watch(func() {
				isUsed.Store(true)
				<-killed
			})
			l.kill(isUsed.Load)
			l.sink.Watch(nil)
			close(killed)
			l.counts("the killed run", 1, 0, 1)
			l.order(2, applying, `lifetime = "30m"`)
			l.recovers()
		})
	})
}
