package fake_test

import (
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// TestRegenerate_units takes the grace period in the unit of the plane. The other unit is refused with a status that can be chosen, or
// ignored, which ends the previous token at once.
func TestRegenerate_units(t *testing.T) {
	t.Parallel()
	for plane, c := range map[string]struct {
		own, other string
		status     int
		keeps      time.Duration
	}{
		"newer": {"gracePeriodInMinutes", "gracePeriodInDays", 422, 30 * time.Minute},
		"older": {"gracePeriodInDays", "gracePeriodInMinutes", 400, 30 * day},
	} {
		s := start(t, fake.Switches{AccountPlane: plane})
		old, id := s.account("robot", "")
		path := accounts + "/" + id + "/regenerate-token"
		for _, status := range []int{0, 400, 422} {
			s.set(func(w *fake.Switches) { w.GraceStatus = status })
			want := status
			if status == 0 {
				want = c.status
			}
			for body, says := range map[string]string{
				`{"` + c.other + `": 30}`: c.other + " should not exist", `{}`: c.own, `{"` + c.own + `": "30"}`: c.own, `{"` + c.own + `": -1}`: c.own,
				`{"` + c.own + `": 525601}`: c.own, `{"` + c.own + `": 30, "` + c.other + `": 30}`: c.other + " should not exist",
			} {
				refused(t, s.send("POST", path, body), want, says)
			}
		}
		if !s.works(old) {
			t.Errorf("%s: a refusal has ended the token", plane)
		}
		second := s.fine("POST", path, `{"`+c.own+`": 30}`).string("token")
		s.advance(c.keeps - time.Minute)
		if !s.works(old) {
			t.Errorf("%s: ended too early", plane)
		}
		s.advance(2 * time.Minute)
		if s.works(old) || !s.works(second) {
			t.Errorf("%s: ended too late", plane)
		}
		s.set(func(w *fake.Switches) { w.GraceMismatch = "ignored" })
		third := s.fine("POST", path, `{"`+c.other+`": 30}`).string("token")
		if s.works(second) || !s.works(third) {
			t.Errorf("%s: the other unit was not ignored", plane)
		}
	}
}

// TestRegenerate_mapping bars it on newer planes.
func TestRegenerate_mapping(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{})
	old, id := s.account("robot", `"identity_provider_mapping": [{"identity_provider": "idp", "value": "v"}]`)
	refused(t, s.regenerate(id, "30"), 422, "identity provider mapping")
	if !s.works(old) {
		t.Error("a refusal has ended the token")
	}
	s.set(func(w *fake.Switches) { w.AccountPlane = "older" })
	if !s.works(s.regenerate(id, "0").string("token")) {
		t.Error("older planes do not bar it")
	}
}

// TestExists knows accounts that the caller does not see, on newer planes; older ones take the word for an ID.
func TestExists(t *testing.T) {
	t.Parallel()
	s := start(t, fake.Switches{HideForeignAccounts: true})
	made := s.add("robot", nil)
	user, err := s.AddUser(fake.User{Email: "other@example.com", ManagesVirtualAccounts: true})
	if err != nil {
		t.Fatal(err)
	}
	if r := s.sendAs(user.Token, "GET", accounts, ""); r.names() != "" {
		t.Errorf("sees %s", r.text)
	}
	refused(t, s.sendAs(user.Token, "GET", accounts+"/"+made.ID, ""), 404, "not found")
	for name, want := range map[string]bool{"robot": true, "rob": false} {
		if r := s.sendAs(user.Token, "GET", accounts+"/exists?name="+name, ""); r.status != 200 || r.at("exists") != want || len(r.body) != 1 {
			t.Errorf("%s: %s", name, r.text)
		}
	}
	refused(t, s.send("GET", accounts+"/exists", ""), 400, "name")
	s.set(func(w *fake.Switches) { w.AccountPlane = "older" })
	refused(t, s.send("GET", accounts+"/exists?name=robot", ""), 404, "Virtual account not found")
}

// TestPut_secretStores takes both forms on newer planes, and the first one without a type on older ones.
func TestPut_secretStores(t *testing.T) {
	t.Parallel()
	const bare = `{"integration_fqn": "store", "secret_path": "p"}`
	s := start(t, fake.Switches{})
	for _, store := range []string{
		`{"type": "secret-store", "integration_fqn": "store", "secret_path": "p"}`, `{"type": "tfy-secrets", "secret_group": "g", "key": "k"}`,
	} {
		if r := s.put("robot", `"secret_store_config": `+store); r.status != 200 || !r.has("data", "manifest", "secret_store_config", "type") {
			t.Errorf("%s", r.text)
		}
	}
	refused(t, s.put("robot", `"secret_store_config": `+bare), 422, "secret_store_config.type")
	s.set(func(w *fake.Switches) { w.BareStores = true })
	if r := s.put("robot", `"secret_store_config": `+bare); r.status != 200 || r.has("data", "manifest", "secret_store_config", "type") {
		t.Errorf("%s", r.text)
	}
	s.set(func(w *fake.Switches) { w.AccountPlane = "older" })
	if r := s.put("robot", `"secret_store_config": `+bare); r.status != 200 {
		t.Errorf("%s", r.text)
	}
	refused(t, s.put("robot", `"secret_store_config": {"type": "secret-store", "integration_fqn": "store", "secret_path": "p"}`), 422, "type should not exist")
}
