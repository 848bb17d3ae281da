package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// refusal is an answer of a scripted plane; status 200 is none.
type refusal struct {
	status  int
	message string
}

// scripted is a plane that answers bodies with a key in its own way, and notes which it got.
type scripted struct {
	mu   sync.Mutex
	by   map[string]refusal
	seen []string
}

func (s *scripted) handle(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body map[string]json.RawMessage
	_ = json.NewDecoder(r.Body).Decode(&body)
	sent := ""
	for key, raw := range body {
		sent = key
		if key == "manifest" {
			sent = string(raw)
		}
	}
	s.seen = append(s.seen, sent)
	for key, refused := range s.by {
		if strings.Contains(sent, key) && refused.status != http.StatusOK {
			answer(w, refused.status, object{"statusCode": refused.status, "message": refused.message})
			return
		}
	}
	answer(w, http.StatusOK, object{"token": "minted-secret", "data": object{"id": "v1", "manifest": object{"name": "loader"}}})
}

// TestRegenerate_unit sends the newer unit first, the older one after a refusal of the body alone, and remembers what the plane takes.
func TestRegenerate_unit(t *testing.T) {
	t.Parallel()
	const minutes, days = "gracePeriodInMinutes", "gracePeriodInDays"
	mapping := refusal{422, "Validation failed: not allowed for an account with an identity provider mapping"}
	for name, c := range map[string]struct {
		by map[string]refusal
		// sent are the units of three regenerations.
		sent []string
		// says is the error of the first one.
		says  string
		grace time.Duration
	}{
		"minutes":            {nil, []string{minutes, minutes, minutes}, "", time.Hour + time.Minute},
		"days, named, 400":   {map[string]refusal{minutes: {400, "gracePeriodInDays must be a number"}}, []string{minutes, days, days, days}, "", 24 * time.Hour},
		"days, named, 422":   {map[string]refusal{minutes: {422, "grace period is required"}}, []string{minutes, days, days, days}, "", 24 * time.Hour},
		"days, unnamed":      {map[string]refusal{minutes: {422, ""}}, []string{minutes, days, days, days}, "", 24 * time.Hour},
		"days, invalid":      {map[string]refusal{minutes: {400, "Invalid request"}}, []string{minutes, days, days, days}, "", 24 * time.Hour},
		"mapping":            {map[string]refusal{minutes: mapping, days: mapping}, []string{minutes, minutes, minutes}, "mapping", 0},
		"mapping on older":   {map[string]refusal{minutes: {400, "gracePeriodInDays is required"}, days: mapping}, []string{minutes, days, minutes, days, minutes, days}, "mapping", 0},
		"days, unknown key":  {map[string]refusal{minutes: {422, "property gracePeriodInMinutes should not exist"}}, []string{minutes, days, days, days}, "", 24 * time.Hour},
		"days, both keys":    {map[string]refusal{minutes: {400, "gracePeriodInMinutes is not allowed, gracePeriodInDays must not be less than 0"}}, []string{minutes, days, days, days}, "", 24 * time.Hour},
		"value":              {map[string]refusal{minutes: {422, "gracePeriodInMinutes must not be greater than 43200"}}, []string{minutes, minutes, minutes}, "43200", 0},
		"value, spelled":     {map[string]refusal{minutes: {422, "grace_period_in_minutes is invalid"}}, []string{minutes, minutes, minutes}, "is invalid", 0},
		"value, no key":      {map[string]refusal{minutes: {400, "Validation failed: the grace period must be at most 43200"}}, []string{minutes, minutes, minutes}, "43200", 0},
		"value of days":      {map[string]refusal{minutes: {400, "Bad Request"}, days: {400, "gracePeriodInDays must not be greater than 30"}}, []string{minutes, days, minutes, days, minutes, days}, "greater than 30", 0},
		"something else":     {map[string]refusal{minutes: {422, "The account is locked"}}, []string{minutes, minutes, minutes}, "locked", 0},
		"something unclear":  {map[string]refusal{minutes: {422, "Invalid account"}, days: {422, "gracePeriodInMinutes is required"}}, []string{minutes, days, minutes, days, minutes, days}, "Invalid account", 0},
		"forbidden":          {map[string]refusal{minutes: {403, "gracePeriod"}}, []string{minutes, minutes, minutes}, "gracePeriod", 0},
		"not found":          {map[string]refusal{minutes: {404, "no valid account"}}, []string{minutes, minutes, minutes}, "no valid account", 0},
		"may have been done": {map[string]refusal{minutes: {500, "gracePeriodInDays is required"}}, []string{minutes, minutes, minutes}, "gracePeriodInDays", time.Hour + time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plane := &scripted{by: c.by}
			client := start(t, plane.handle)
			for range 3 {
				made, err := client.RegenerateVirtualAccountToken(t.Context(), "v1", time.Hour+time.Second)
				if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("says %v", err)
				}
				if (err == nil || rest.MayHaveExecuted(err)) && made.Grace != c.grace {
					t.Errorf("granted %s", made.Grace)
				}
			}
			if fmt.Sprint(plane.seen) != fmt.Sprint(c.sent) {
				t.Errorf("sent %v", plane.seen)
			}
		})
	}
}

// TestRegenerate_notKept sends the other unit first once a plane has ignored one, and the former where that is refused.
func TestRegenerate_notKept(t *testing.T) {
	t.Parallel()
	const minutes, days = "gracePeriodInMinutes", "gracePeriodInDays"
	plane := &scripted{}
	client := start(t, plane.handle)
	made, err := client.RegenerateVirtualAccountToken(t.Context(), "v1", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	// Several accounts may tell the same.
	if unit := client.NotKept(made); unit != api.Days || client.NotKept(made) != api.Days {
		t.Errorf("tries %s", unit)
	}
	for range 2 {
		if made, err = client.RegenerateVirtualAccountToken(t.Context(), "v1", time.Hour); err != nil || made.Grace != 24*time.Hour {
			t.Errorf("%s, %v", made.Grace, err)
		}
	}
	plane.by = map[string]refusal{days: {422, "property gracePeriodInDays should not exist"}}
	client.NotKept(made)
	if _, err = client.RegenerateVirtualAccountToken(t.Context(), "v1", time.Hour); err != nil {
		t.Error(err)
	}
	// What an earlier run has found out is tried first, unless this one knows better.
	client.TryUnit(api.Days)
	if _, err = client.RegenerateVirtualAccountToken(t.Context(), "v1", time.Hour); err != nil {
		t.Error(err)
	}
	plane.by = nil
	client = start(t, plane.handle)
	for _, unit := range []string{"", api.Days, api.Days} {
		client.TryUnit(unit)
		if _, err = client.RegenerateVirtualAccountToken(t.Context(), "v1", time.Hour); err != nil {
			t.Error(err)
		}
	}
	if want := []string{minutes, days, days, minutes, minutes, minutes, days, days}; fmt.Sprint(plane.seen) != fmt.Sprint(want) {
		t.Errorf("sent %v", plane.seen)
	}
}

// TestPut_storeForm sends a secret store with its type first, without after a refusal of the body alone, and remembers what the plane
// takes.
func TestPut_storeForm(t *testing.T) {
	t.Parallel()
	const typed, bare = "secret-store", `"secret_store_config":{"integration_fqn":"x","secret_path":"y"}`
	for name, c := range map[string]struct {
		store string
		by    map[string]refusal
		// sent are parts of the manifests of two changes.
		sent []string
		says string
	}{
		"typed":         {`{"integration_fqn":"x","secret_path":"y"}`, nil, []string{`"type":"secret-store"`, `"type":"secret-store"`}, ""},
		"untyped":       {`{"integration_fqn":"x","secret_path":"y"}`, map[string]refusal{typed: {422, "secret_store_config.type should not exist"}}, []string{typed, bare, bare}, ""},
		"untyped, 400":  {`{"integration_fqn":"x","secret_path":"y"}`, map[string]refusal{typed: {400, "Bad Request"}}, []string{typed, bare, bare}, ""},
		"another field": {`{"integration_fqn":"x","secret_path":"y"}`, map[string]refusal{"loader": {422, "Validation failed: name"}}, []string{typed, bare, typed, bare}, "Validation failed: name"},
		"forbidden":     {`{"integration_fqn":"x","secret_path":"y"}`, map[string]refusal{typed: {403, "secret store"}}, []string{typed, typed}, "secret store"},
		"as it was":     {`{"type":"secret-store","integration_fqn":"x","secret_path":"y"}`, map[string]refusal{typed: {422, "secret store"}}, []string{typed, typed}, "secret store"},
		"group":         {`{"secret_group":"g","key":"k"}`, map[string]refusal{"tfy-secrets": {422, "secret store"}}, []string{`"type":"tfy-secrets"`, `"type":"tfy-secrets"`}, "secret store"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plane := &scripted{by: c.by}
			client := start(t, plane.handle)
			manifest := api.NewManifest("loader")
			manifest[api.KeySecretStoreConfig] = json.RawMessage(c.store)
			for range 2 {
				_, _, err := client.UpdateVirtualAccount(t.Context(), manifest)
				if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
					t.Errorf("says %v", err)
				}
			}
			if len(plane.seen) != len(c.sent) {
				t.Fatalf("sent %v", plane.seen)
			}
			for i, part := range c.sent {
				if !strings.Contains(plane.seen[i], part) {
					t.Errorf("sent %s", plane.seen[i])
				}
			}
			if string(manifest[api.KeySecretStoreConfig]) != c.store {
				t.Error("the manifest of the caller was changed")
			}
		})
	}
}

// TestVirtualAccountExists believes an answer, asks a plane without the route once, and takes no other answer for a no.
func TestVirtualAccountExists(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status   int
		body     any
		exists   bool
		requests int
		kind     rest.Kind
	}{
		"yes":          {200, object{"exists": true}, true, 2, 0},
		"no":           {200, object{"exists": false}, false, 2, 0},
		"no such id":   {404, object{"statusCode": 404, "message": "Virtual account not found"}, false, 1, 0},
		"forbidden":    {403, object{"statusCode": 403, "message": "Forbidden"}, false, 2, 0},
		"something":    {200, object{"data": object{"id": "v1"}}, false, 1, rest.Malformed},
		"out of order": {500, object{"statusCode": 500, "message": "Internal"}, false, 1, rest.Faulty},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var seen []exchange
			client := start(t, record(c.status, c.body, &seen))
			for _, of := range []string{"loader", "loader", "other"} {
				exists, err := client.VirtualAccountExists(t.Context(), of)
				var e *rest.Error
				if errors.As(err, &e) != (c.kind != 0) || e != nil && e.Kind != c.kind || exists != c.exists {
					t.Errorf("%t, %v", exists, err)
				}
				if err != nil {
					break
				}
			}
			if len(seen) != c.requests || seen[0].query != "name=loader" {
				t.Errorf("%d requests, %v", len(seen), seen[0])
			}
		})
	}
}
