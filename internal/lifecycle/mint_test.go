package lifecycle_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// minting is a mint by itself, without Terraform.
type minting struct {
	*toyServer
	client *toyClient
	server lifecycle.Server[toyToken]
	// locks are what was locked and unlocked, and sent in between.
	locks []string
	kept  []string
}

func newMinting(lock error) *minting {
	s := &toyServer{now: time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC)}
	m := &minting{toyServer: s, client: newToyClient(s, &protocoltest.Network{})}
	m.server = toyLists(m.client, "", func(_ context.Context, name string) (func(), error) {
		m.locks = append(m.locks, "lock "+name)
		return func() { m.locks = append(m.locks, "unlock "+name) }, lock
	})
	return m
}

// mint mints a token; during is called after the request was carried out, before its answer.
func (m *minting) mint(ctx context.Context, name string, during func()) (*toyToken, error) {
	return m.server.Mint(ctx, lifecycle.Request[toyToken]{
		Name: name,
		Send: func(ctx context.Context) (lifecycle.Answer[toyToken], error) {
			m.locks = append(m.locks, "send")
			made, err := m.client.create(ctx, toyToken{Name: name})
			if during != nil {
				during()
			}
			if err != nil {
				return lifecycle.Answer[toyToken]{}, err
			}
			return secretOf(made), nil
		},
		IsOwn: func(toyToken) bool { return true },
	}, func(answer lifecycle.Answer[toyToken]) { m.kept = append(m.kept, answer.Secret.Reveal()) })
}

// TestMint_lock: two mints of one process that could take each other's token for their own are kept apart, from the first list to the
// last, also where one fails.
func TestMint_lock(t *testing.T) {
	t.Parallel()
	m := newMinting(nil)
	if row, err := m.mint(t.Context(), "ci", nil); err != nil || row.ID != "t1" {
		t.Fatal(err)
	}
	if _, err := m.mint(t.Context(), "ci", nil); err == nil {
		t.Error("a name that is taken is no error")
	}
	if want := []string{"lock ci", "send", "unlock ci", "lock ci", "send", "unlock ci"}; !slices.Equal(m.locks, want) {
		t.Errorf("done was %q", m.locks)
	}
	if !slices.Equal(m.kept, []string{"secret-t1"}) {
		t.Errorf("kept was %q", m.kept)
	}
	m = newMinting(context.DeadlineExceeded)
	if _, err := m.mint(t.Context(), "ci", nil); !errors.Is(err, context.DeadlineExceeded) || len(m.journal) > 0 {
		t.Errorf("without the lock: %v, sent was %v", err, m.journal)
	}
}

// TestMint_interrupted: an interrupt ends neither the search for what a lost answer has left behind nor that for a token whose secret
// is known. Nothing is begun after it.
func TestMint_interrupted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault []fault
		sent  string
		id    string
	}{"answered": {nil, "create", "t1"}, "lost after the commit": {[]fault{lostAfter}, "create, delete t1", ""}, "lost before the commit": {[]fault{lostBefore}, "create", ""}} {
		m := newMinting(nil)
		m.Lag = 2
		m.Fail("create", c.fault...)
		ctx, cancel := context.WithCancel(t.Context())
		row, err := m.mint(ctx, "ci", cancel)
		if (err == nil) != (c.id != "") || row != nil && row.ID != c.id {
			t.Errorf("%s: %v, %v", name, row, err)
		}
		if sent := m.Requests(); sent != c.sent {
			t.Errorf("%s: sent was %q", name, sent)
		}
		if want := []time.Duration{0, time.Second / 2, 2 * time.Second}; len(m.slept) < 3 || !slices.Equal(m.slept[:3], want) {
			t.Errorf("%s: waited was %v", name, m.slept)
		}
	}
}

// TestMint_unidentified: the error names the ids that the token could have, and why its own could not be found.
func TestMint_unidentified(t *testing.T) {
	t.Parallel()
	m := newMinting(nil)
	row, err := m.mint(t.Context(), "", func() { m.Add(toyToken{}) })
	var unidentified *lifecycle.Unidentified
	if row != nil || !errors.As(err, &unidentified) || !slices.Equal(unidentified.Candidates, []string{"t1", "t2"}) {
		t.Errorf("%v, %v", row, err)
	}
	m = newMinting(nil)
	_, err = m.mint(t.Context(), "", func() { m.Fail("list", unavailable) })
	if !errors.As(err, &unidentified) || unidentified.Unwrap() == nil || len(unidentified.Candidates) > 0 {
		t.Error(err)
	}
}
