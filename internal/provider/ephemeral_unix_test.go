//go:build unix

package provider_test

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
)

// TestAccEphemeral_ephemeralKilled kills Terraform and the provider while a token is minted, and while it is used. Nothing closes it: it is
// alive at most until it expires, and the next run deletes what is left of it.
func TestAccEphemeral_ephemeralKilled(t *testing.T) {
	t.Parallel()
	for name, of := range mintedForOneRun(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
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
}

// TestAccEphemeral_ephemeralGuide runs the example of the guide: the script is given a token that the apply mints, a plan mints none, and afterwards nothing
// is alive.
func TestAccEphemeral_ephemeralGuide(t *testing.T) {
	t.Parallel()
	_, blocks := deliveryBlocks(t)
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d examples of an ephemeral token", len(blocks))
	}
	l := newLending(t, "mint_sailpoint_personal_access_token", lentTokens()["mint_sailpoint_personal_access_token"])
	l.write(blocks[0])
	given := filepath.Join(l.folder, "given")
	if err := os.WriteFile(filepath.Join(l.folder, "release"), []byte("#!/bin/sh\nprintf %s \"$SAIL_CLIENT_SECRET\" >given\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	l.mustRun("plan", "-no-color", "-out=release.plan")
	l.counts("a plan", 0, 0, 0)
	l.mustRun("apply", "-no-color", "release.plan")
	l.counts("the apply", 1, 1, 0)
	secret, err := os.ReadFile(given)
	if err != nil || string(secret) == l.env["SAIL_CLIENT_SECRET"] || !slices.Contains(l.sandbox.Vault().Minted(), string(secret)) {
		t.Errorf("the script was given no secret: %v", err)
	}
	if err := os.Remove(given); err != nil {
		t.Fatal(err)
	}
	l.unchanged()
	l.mustRun("destroy", "-no-color", "-auto-approve")
	l.counts("a plan and a destruction", 0, 0, 0)
	l.searchFolder()
	l.mustHoldNoSecret()
}
