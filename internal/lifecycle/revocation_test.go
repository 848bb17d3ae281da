package lifecycle_test

import (
	"strings"
	"testing"
	"time"
)

// rotated is a toy whose token t2 follows t1 in place, and the configuration that made it.
func rotated(t *testing.T, setups ...func(*toyServer)) (*toy, values) {
	t.Helper()
	w := newToy(t, named, setups...)
	w.Does(create, overlapping())
	config := overlapping(triggered("2"))
	w.Does(rotate, config)
	w.Requests()
	return w, config
}

// full is a toy of which everything is left that can be: the current token t3, the previous one t2, t1 whose revocation is pending,
// and the orphan t4.
func full(t *testing.T) (*toy, values) {
	t.Helper()
	w, _ := rotated(t)
	config := overlapping(triggered("3"))
	w.Fail("delete t1", refused)
	w.Fails("apply", config, "t1", "could not be revoked")
	w.Holds("t3", "t2")
	w.DiesWith = "create"
	if done := w.Run(overlapping(triggered("4"))); done.Failed != "apply" || !done.Dead {
		t.Fatalf("the process did not die: %s", done.Diagnostics)
	}
	w.DiesWith = ""
	w.HasAlive("t1 t2 t3 t4")
	w.Requests()
	return w, config
}

// TestDelete_order: the previous token, pending ones, orphans, and the current one last.
func TestDelete_order(t *testing.T) {
	t.Parallel()
	w, _ := full(t)
	if said := w.Destroy(); said.Failed() || w.Object != nil {
		t.Errorf("it is not destroyed: %s", said)
	}
	w.Sent("delete t2, delete t1, delete t4, delete t3")
	w.HasAlive("")
}

// TestDelete_oneFails: no token is kept alive because another could not be revoked, and what could not be is revoked by the next
// destruction.
func TestDelete_oneFails(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"t1", "t2", "t3", "t4"} {
		for name, f := range map[string]fault{"refused": refused, "answer lost": lostBefore} {
			t.Run(id+" "+name, func(t *testing.T) {
				t.Parallel()
				w, _ := full(t)
				w.Fail("delete "+id, f)
				says(t, w.Destroy().Errors(), "Unable to delete Toy named token")
				w.Sent("delete t2, delete t1, delete t4, delete t3")
				w.HasAlive(id)
				if w.Object == nil {
					t.Fatal("the resource is gone, and a token is left")
				}
				// The resource is not offered for use in the meantime.
				if status := w.Object.Text("status"); id != "t3" && status != "missing" {
					t.Errorf("the status is %q", status)
				}
				if said := w.Destroy(); said.Failed() || w.Object != nil {
					t.Errorf("it is not destroyed: %s", said)
				}
				w.HasAlive("")
			})
		}
	}
}

// TestDelete_listFails: the previous and the pending ones are known and revoked; but the current one is all that leads to an orphan.
func TestDelete_listFails(t *testing.T) {
	t.Parallel()
	w, _ := full(t)
	w.Fail("list", unavailable)
	says(t, w.Destroy().Errors(), "(t3) was not deleted", "could not be listed")
	w.Sent("delete t2, delete t1")
	w.HasAlive("t3 t4")
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w.HasAlive("")
}

// TestDelete_listFailsElsewhere: on another tenant nothing is revoked, even if its list cannot be read: it would pass for revoked.
func TestDelete_listFailsElsewhere(t *testing.T) {
	t.Parallel()
	w, _ := full(t)
	w.Tenant = "https://other.example.com"
	w.Fail("list", unavailable)
	says(t, w.Destroy().Errors(), "minted on https://acme.example.com")
	w.Sent("")
	w.Tenant = "https://acme.example.com"
	if said := w.Destroy(); said.Failed() {
		t.Error(said)
	}
	w.HasAlive("")
}

// TestChange_revokesPending: what could not be revoked is announced by every plan, and revoked by the next apply.
func TestChange_revokesPending(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Fail("delete t1", refused, unavailable)
	config := overlapping(triggered("3"))
	done := w.Fails("apply", config, "t1", "could not be revoked")
	if done.Action != rotate {
		t.Errorf("done is %s", done.Action)
	}
	w.Holds("t3", "t2")
	w.HasAlive("t1 t2 t3")
	w.Requests()
	w.Fails("apply", config, "t1", "could not be revoked")
	w.HasAlive("t1 t2 t3")
	done = w.MustRun(update, config)
	if !strings.Contains(done.Diagnostics.Summaries(), "t1 is still to be revoked") {
		t.Errorf("the plan does not announce it: %s", done.Diagnostics)
	}
	w.Sent("delete t1, delete t1")
	w.HasAlive("t2 t3")
	w.Holds("t3", "t2")
}

// TestChange_order: the previous token whose overlap is over goes first, then what is pending, and then the change is made; none of
// them waits for another.
func TestChange_order(t *testing.T) {
	t.Parallel()
	for _, failing := range []string{"", "delete t2", "delete t1", "change t3"} {
		t.Run(failing, func(t *testing.T) {
			t.Parallel()
			w, _ := rotated(t)
			w.Fail("delete t1", refused)
			config := overlapping(triggered("3"))
			w.Fails("apply", config, "t1")
			w.Requests()
			w.Pass(25 * time.Hour)
			config = config.With(values{"note": "b"})
			if failing == "" {
				w.Does(update, config)
			} else {
				w.Fail(failing, refused)
				w.Fails("apply", config, "refused")
			}
			w.Sent("delete t2, delete t1, change t3")
			left := strings.TrimPrefix(failing, "delete ")
			w.HasAlive(strings.TrimSpace(map[bool]string{true: left}[strings.HasPrefix(failing, "delete")] + " t3"))
			if note := w.Token("t3").Note; note == "b" != (failing != "change t3") {
				t.Errorf("the note is %q", note)
			}
			w.Holds("t3", map[bool]string{true: "t2"}[failing == "delete t2"])
			if failing != "" {
				w.Does(update, config)
				w.HasAlive("t3")
				w.Holds("t3", "")
			}
		})
	}
}

// TestRotate_revokesOldest: a rotation within the overlap of the last one revokes the older of the two previous tokens.
func TestRotate_revokesOldest(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Does(rotate, overlapping(triggered("3")))
	w.Sent("create, delete t1")
	w.Holds("t3", "t2")
	w.HasAlive("t2 t3")
}

// TestRotate_overdueAndExpired: one apply mints the next token and revokes the previous one whose overlap is over, also where the
// current one has expired and nothing takes the place of the previous one.
func TestRotate_overdueAndExpired(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	// The previous token lives longer than the current one.
	w.Change("t1", func(token *toyToken) { token.Expiry = nil })
	w.Pass(31 * day)
	w.HasAlive("t1")
	done := w.MustRun(rotate, config)
	w.Sent("create, delete t1, delete t2")
	w.Holds("t3", "")
	w.HasAlive("t3")
	if !done.Saved.IsNull("previous_id") {
		t.Error("the plan keeps a previous token whose overlap is over")
	}
}

// TestRotate_pending: what is pending stays so through a rotation, and is revoked by it.
func TestRotate_pending(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Fail("delete t1", refused, refused)
	w.Fails("apply", overlapping(triggered("3")), "t1")
	w.Requests()
	w.Fails("apply", overlapping(triggered("4")), "t1")
	w.Sent("create, delete t2, delete t1")
	w.Holds("t4", "t3")
	w.HasAlive("t1 t3 t4")
	w.Does(update, overlapping(triggered("4")))
	w.HasAlive("t3 t4")
}

// TestRefresh_revokedOutside: a previous or a pending token that somebody else has revoked is not revoked again.
func TestRefresh_revokedOutside(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Fail("delete t1", refused)
	config := overlapping(triggered("3"))
	w.Fails("apply", config, "t1")
	w.Requests()
	w.Pass(3 * time.Minute)
	w.Remove("t1")
	w.Does(nothing, config)
	w.Holds("t3", "t2")
	w.Remove("t2")
	w.Does(nothing, config)
	w.Holds("t3", "")
	w.Sent("")
	if !w.Object.IsNull("previous_secret") || !w.Object.IsNull("previous_revoked_after") {
		t.Error("something is left of the previous token")
	}
}

// TestRefresh_revokedOutsideInDoubt: where a list does not prove that a token is gone, the token is not forgotten.
func TestRefresh_revokedOutsideInDoubt(t *testing.T) {
	t.Parallel()
	w, config := rotated(t)
	w.Remove("t1")
	w.Doubt = errDoubt
	w.Does(nothing, config)
	if got := w.Object.Text("previous_id"); got != "t1" {
		t.Errorf("the previous token is %q", got)
	}
}
