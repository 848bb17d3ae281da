package lifecycle_test

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var errDoubt = errors.New("the list is somebody else's")

// TestYoung: a token that was minted moments ago and that a list lacks is looked for again, and then an error. It is never removed
// from the state.
func TestYoung(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		// lag is how many lists lack the token, age how old it is.
		lag  int
		age  time.Duration
		want string
	}{
		"shown":                         {0, 0, "found"},
		"shown in the first look":       {1, 0, "found"},
		"shown in the last look":        {4, 0, "found"},
		"not shown":                     {9, 0, "error"},
		"not shown, almost two minutes": {9, 2*time.Minute - time.Second, "error"},
		"not shown, two minutes":        {1, 2 * time.Minute, "gone"},
	} {
		for record, forget := range map[string]func(w *toy){
			"": func(*toy) {},
			// What it says then about the time of the mint is the creation that the state shows.
			"a record of an older version": func(w *toy) { w.Remember(`{}`) },
			"no time of creation":          func(w *toy) { w.HidesCreation = true },
		} {
			t.Run(strings.TrimSuffix(name+", "+record, ", "), func(t *testing.T) {
				t.Parallel()
				w := newToy(t, named)
				if record == "no time of creation" {
					forget(w)
				}
				w.Does(create, overlapping())
				forget(w)
				w.Change("t1", func(token *toyToken) { token.hidden = c.lag })
				w.Pass(c.age)
				before, looked := w.Object, len(w.slept)
				said := w.Refresh()
				switch c.want {
				case "found":
					if said.Failed() || w.Object == nil || w.Object.Text("status") != "active" {
						t.Errorf("it is not found: %s", said)
					}
				case "error":
					says(t, said, "t1 was minted a moment ago", "in two minutes")
					if w.Object != before || len(w.slept)-looked != 4 {
						t.Errorf("it was looked for %d times", len(w.slept)-looked)
					}
				case "gone":
					if said.Failed() || w.Object != nil || len(w.slept) != looked {
						t.Errorf("it is not removed: %s", said)
					}
				}
			})
		}
	}
}

// TestYoung_rotation: the time of the last mint counts, not that of the first.
func TestYoung_rotation(t *testing.T) {
	t.Parallel()
	w, _ := rotated(t)
	w.Pass(time.Hour)
	w.Does(rotate, overlapping(triggered("3")))
	w.Change("t3", func(token *toyToken) { token.hidden = 9 })
	says(t, w.Refresh(), "t3 was minted a moment ago")
	w.Holds("t3", "t2")
}

// TestElsewhere: a list of another tenant or another login says nothing about a token.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(w *toy)
		says    []string
	}{
		"another tenant":                                           {func(w *toy) { w.Tenant = "https://other.example.com" }, []string{"minted on https://acme.example.com", "configured for https://other.example.com", "state rm"}},
		"another login":                                            {func(w *toy) { w.Login = "bob" }, []string{"minted as ann", "logged in as bob", "state rm"}},
		"an unknown login says nothing":                            {func(w *toy) { w.Login = "" }, nil},
		"an expired token is as unknown":                           {func(w *toy) { w.Login = "bob"; w.Pass(40 * day) }, []string{"minted as ann", "logged in as bob"}},
		"a record of an older version knows neither":               {func(w *toy) { w.Login = "bob"; w.Remember(`{}`) }, nil},
		"a young token of another login is not waited for, either": {func(w *toy) { w.Login = "bob"; w.Pass(-time.Hour) }, []string{"minted as ann"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named)
			w.Does(create, overlapping())
			w.Pass(time.Hour)
			w.Remove("t1")
			c.happens(w)
			before := w.Object
			said := w.Refresh()
			if c.says == nil {
				if said.Failed() || w.Object != nil {
					t.Errorf("it is not removed: %s", said)
				}
				return
			}
			says(t, said, append(c.says, "t1")...)
			if w.Object != before {
				t.Error("the state has changed")
			}
			// A deletion there would be answered as that of a token that is gone.
			w.Requests()
			says(t, w.Destroy().Errors(), append(c.says, "t1")...)
			w.Sent("")
			if w.Object == nil {
				t.Error("the token is forgotten")
			}
		})
	}
}

// TestElsewhere_rotation: a rotation that is applied without a refresh mints nothing as somebody who cannot see the token that gives
// way: nobody would revoke that one.
func TestElsewhere_rotation(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Pass(time.Hour)
	config := overlapping(triggered("2"))
	saved := w.Plan(config)
	w.Login = "bob"
	w.Change("t1", func(token *toyToken) { token.hidden = 99 })
	w.Requests()
	run := w.Apply(saved, config)
	says(t, run.Diagnostics.Errors(), "othing was rotated", "t1 was minted as ann", "logged in as bob")
	w.Sent("")
	w.Holds("t1", "")
	w.Login = "ann"
	w.Change("t1", func(token *toyToken) { token.hidden = 0 })
	w.Does(rotate, config)
	w.Holds("t2", "t1")
}

// TestElsewhere_rotationUnproven: where no login is known, a rotation without a refresh mints nothing either as long as the list does not prove
// that the token which gives way is gone: the next one would be somebody else's, and no list of the owner would show it.
func TestElsewhere_rotationUnproven(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Login = ""
	w.Does(create, overlapping())
	w.Pass(time.Hour)
	config := overlapping(triggered("2"))
	saved := w.Plan(config)
	w.Remove("t1")
	w.Doubt = errDoubt
	w.Requests()
	run := w.Apply(saved, config)
	says(t, run.Diagnostics.Errors(), "othing was rotated", errDoubt.Error())
	w.Sent("")
	w.Holds("t1", "")
}

// TestElsewhere_witnesses: where no login is known, a list that shows none of the tokens which the owner's has shown is somebody else's, also for a
// deletion. One that still shows one of them proves that the token is gone.
func TestElsewhere_witnesses(t *testing.T) {
	t.Parallel()
	another := func(w *toy) {
		for _, id := range []string{"t1", "t2"} {
			w.Change(id, func(token *toyToken) { token.hidden = 99 })
		}
	}
	for name, c := range map[string]struct {
		happens              func(w *toy)
		isElses, isRefreshed bool
	}{
		"another list, right after the mint": {another, true, false},
		"another list, after a refresh":      {another, true, true},
		"the token alone is gone":            {func(w *toy) { w.Remove("t2") }, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, nameless)
			w.Login, w.Anonymous = "", true
			w.Add(toyToken{Account: "acc"})
			w.Does(create, account())
			w.Pass(time.Hour)
			if c.isRefreshed {
				if said := w.Refresh(); said.Failed() {
					t.Fatal(said)
				}
			}
			c.happens(w)
			said := w.Refresh()
			if !c.isElses {
				if said.Failed() || w.Object != nil {
					t.Errorf("it is not removed: %s", said)
				}
				return
			}
			says(t, said, "lacks the token t2", "beside it before (t1)", "state rm")
			w.Requests()
			says(t, w.Destroy().Errors(), "lacks the token t2")
			w.Sent("")
			w.Holds("t2", "")
		})
	}
}

// TestElsewhere_found: what a list shows is there, whatever the tenant is called now.
func TestElsewhere_found(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Tenant, w.Login = "https://new-name.example.com", "ann.smith"
	if said := w.Refresh(); said.Failed() || w.Object == nil {
		t.Error(said)
	}
}

// TestDoubt: an answer that does not prove that a token is gone is an error, and so is one that fails.
func TestDoubt(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(w *toy){
		"absence is unproven": func(w *toy) { w.Remove("t1"); w.Doubt = errDoubt },
		"refused":             func(w *toy) { w.Fail("list", refused) },
		"not found":           func(w *toy) { w.Fail("list", notFound) },
		"unavailable":         func(w *toy) { w.Fail("list", unavailable) },
		"no whole answer":     func(w *toy) { w.Fail("list", lostAfter) },
	} {
		for _, resource := range []string{named, nameless} {
			t.Run(name+", "+resource, func(t *testing.T) {
				t.Parallel()
				w := newToy(t, resource)
				config := account()
				if resource == named {
					config = overlapping()
				}
				w.Does(create, config)
				w.Pass(time.Hour)
				happens(w)
				before := w.Object
				says(t, w.Refresh().Errors(), "Unable to read Toy")
				if w.Object != before {
					t.Error("the state has changed")
				}
			})
		}
	}
}

// TestDoubt_once: several objects wait for one list. One of them shows its error, the others keep their state and keep quiet.
func TestDoubt_once(t *testing.T) {
	t.Parallel()
	w := newToy(t, named)
	w.Does(create, overlapping())
	w.Fail("list", unavailable)
	e := w.Start()
	_, first := e.Read(w.Object)
	says(t, first, "Unable to read")
	second, more := e.Read(w.Object)
	if len(more) > 0 || second == nil || second.Text("id") != "t1" {
		t.Errorf("the second one says %s", more)
	}
}

// TestExpired: a token past its expiry is expired, whether the server still lists it or not. Nobody has deleted it.
func TestExpired(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		setup  func(*toyServer)
		passes time.Duration
		want   string
	}{
		"listed":                                 {func(*toyServer) {}, 720 * time.Hour, "expired"},
		"not listed any more":                    {func(s *toyServer) { s.HidesExpired = true }, 720 * time.Hour, "expired"},
		"not listed for long":                    {func(s *toyServer) { s.HidesExpired = true }, 9999 * time.Hour, "expired"},
		"a moment before":                        {func(s *toyServer) { s.HidesExpired = true }, 720*time.Hour - 3*time.Second, "active"},
		"the server gave it less":                {func(s *toyServer) { s.MaxLifetime, s.HidesExpired = 24*time.Hour, true }, 24 * time.Hour, "expired"},
		"the clocks differ a little, not listed": {func(*toyServer) {}, 720*time.Hour - time.Second, "expired"},
		"told by its day, before the moment":     {func(s *toyServer) { s.Precision, s.HidesExpired = day, true }, 720*time.Hour - time.Minute, "active"},
		"told by its day, after the moment":      {func(s *toyServer) { s.Precision, s.HidesExpired = day, true }, 720*time.Hour + time.Minute, "expired"},
		"told by its day, the day after":         {func(s *toyServer) { s.Precision, s.HidesExpired = day, true }, 720*time.Hour + 12*time.Hour, "expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newToy(t, named, c.setup)
			config := overlapping(values{"rotate_before_expiry": nil})
			w.Does(create, config)
			w.Pass(c.passes)
			if name == "the clocks differ a little, not listed" {
				w.Remove("t1")
			}
			said := w.Refresh()
			if said.Failed() || w.Object == nil || w.Object.Text("status") != c.want {
				t.Fatalf("it is not %s: %s", c.want, said)
			}
			if c.want == "expired" {
				says(t, said, "has expired", "(t1) expired at ", "planned for rotation in place")
				w.Does(rotate, config)
				w.HasAlive("t2")
			}
		})
	}
}

// TestMissing: the resource stays for the sake of any other token of its series that is alive, and only for that.
func TestMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		happens func(w *toy)
		stays   string
	}{
		"the previous one is alive": {func(w *toy) {
			w.Remove("t1")
			w.Remove("t4")
		}, "t2"},
		"one is pending": {func(w *toy) {
			w.Remove("t2")
			w.Remove("t4")
		}, "t1"},
		"an orphan is alive": {func(w *toy) {
			w.Remove("t1")
			w.Remove("t2")
		}, "t4"},
		"none is left": {func(w *toy) {
			w.Remove("t1")
			w.Remove("t2")
			w.Remove("t4")
		}, ""},
		"the others have expired": {func(w *toy) {
			w.Remove("t1")
			w.Remove("t4")
			w.Change("t2", func(token *toyToken) { token.Expiry = &token.Created })
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, config := full(t)
			w.Pass(time.Hour)
			w.Remove("t3")
			c.happens(w)
			said := w.Refresh()
			if c.stays == "" {
				if w.Object != nil || said.Failed() {
					t.Errorf("it is not removed: %s", said)
				}
				return
			}
			if w.Object == nil || w.Object.Text("status") != "missing" || !strings.Contains(said.String(), c.stays+", is still alive") {
				t.Fatalf("it is not missing: %s", said)
			}
			w.Does(rotate, config)
			if said := w.Destroy(); said.Failed() {
				t.Error(said)
			}
			w.HasAlive("")
		})
	}
}
