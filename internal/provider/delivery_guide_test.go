package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sink"
)

const deliveryGuide = "../../templates/guides/deliver-a-secret.md"

// recipe is an example of the guide, and how a consumer reads from the store what it delivers.
type recipe struct {
	// holds is what the example has and no other one.
	holds string
	read  func(slots map[string]string) consumer
	// stored is set where the state holds the secret, as the guide says.
	stored bool
	// previous is set where the store has the previous secret as well.
	previous bool
}

// consumer is what logs in.
type consumer struct {
	ClientID             string `json:"client_id"`
	ClientSecret         string `json:"client_secret"`
	PreviousClientID     string `json:"previous_client_id"`
	PreviousClientSecret string `json:"previous_client_secret"`
}

func recipes(t *testing.T) map[string]recipe {
	t.Helper()
	entry := func(name string) func(map[string]string) consumer {
		return func(slots map[string]string) consumer {
			var c consumer
			if err := json.Unmarshal([]byte(slots[name]), &c); err != nil {
				t.Errorf("%q holds no entry: %v", name, err)
			}
			return c
		}
	}
	return map[string]recipe{
		"vault":          {holds: `"vault_kv_secret_v2"`, read: entry("kv/pipeline/sailpoint")},
		"vault-previous": {holds: "previous_client_secret", read: entry("kv/pipeline/sailpoint"), previous: true},
		"aws":            {holds: `"aws_secretsmanager_secret_version"`, read: entry("arn:aws:secretsmanager:eu-central-1:123456789012:secret:pipeline/sailpoint")},
		"kubernetes":     {holds: `"kubernetes_secret_v1"`, read: entry("pipeline/sailpoint")},
		"github": {holds: `"github_actions_secret"`, stored: true, read: func(slots map[string]string) consumer {
			return consumer{ClientID: slots["pipeline/SAIL_CLIENT_ID"], ClientSecret: slots["pipeline/SAIL_CLIENT_SECRET"]}
		}},
	}
}

// TestAccDelivery_guide runs the examples of the guide as they are on the page, with a sink in the place of the vendors: the secret
// reaches the store, a rotation reaches it in the same apply, and the state holds what the page says.
func TestAccDelivery_guide(t *testing.T) {
	t.Parallel()
	blocks, _ := deliveryBlocks(t)
	all := recipes(t)
	if len(blocks) != len(all)+1 {
		t.Fatalf("the guide has %d examples, of which this test knows %d", len(blocks), len(all)+1)
	}
	for name, r := range all {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkshop(t)
			w.needsWriteOnly()
			to := w.withSink(sink.Sources()...)
			w.folderHas("token.tf", blocks[0])
			w.write(r.choose(t, blocks[1:]))

			w.mustRun("apply", "-no-color", "-auto-approve")
			first := r.read(to.Slots())
			w.logsIn(first.ClientID, first.ClientSecret, true)
			if first.PreviousClientID != "" || first.PreviousClientSecret != "" {
				t.Error("there is a previous token before the first rotation")
			}
			w.unchanged()
			if r.stored != w.stateHolds(first.ClientSecret) {
				t.Errorf("the state holds the secret: %t", !r.stored)
			}

			// 90 days, of which less than 14 are left.
			w.sandbox.Clock().Advance(77 * 24 * hour)
			w.mustRun("apply", "-no-color", "-auto-approve")
			second := r.read(to.Slots())
			w.logsIn(second.ClientID, second.ClientSecret, true)
			w.logsIn(first.ClientID, first.ClientSecret, true)
			if second.ClientID == first.ClientID || second.ClientSecret == first.ClientSecret {
				t.Error("the rotation has not reached the store")
			}
			if r.previous && (second.PreviousClientID != first.ClientID || second.PreviousClientSecret != first.ClientSecret) {
				t.Error("the previous secret has not reached the store")
			}
			w.unchanged()
			if r.stored != w.stateHolds(second.ClientSecret) {
				t.Errorf("the state holds the secret: %t", !r.stored)
			}
			if name == "vault" {
				second = w.deliversAgain(to, "vault_kv_secret_v2.pipeline", second, r, blocks[0])
			}
			w.destroyed()
			w.logsIn(second.ClientID, second.ClientSecret, false)
			w.mustHoldNoSecret()
		})
	}
}

// deliveryBlocks are the examples of the guide, those of tokens for one run apart.
func deliveryBlocks(t *testing.T) (deliveries, ephemerals []string) {
	t.Helper()
	for _, block := range guideBlocks(t, deliveryGuide) {
		if strings.Contains(block, "mint_when") {
			ephemerals = append(ephemerals, block)
		} else {
			deliveries = append(deliveries, block)
		}
	}
	return deliveries, ephemerals
}

// choose picks the one example of this recipe.
func (r recipe) choose(t *testing.T, blocks []string) string {
	t.Helper()
	var chosen []string
	for _, block := range blocks {
		if strings.Contains(block, r.holds) && strings.Contains(block, "previous_client_secret") == r.previous {
			chosen = append(chosen, block)
		}
	}
	if len(chosen) != 1 {
		t.Fatalf("%d examples of the guide have %s", len(chosen), r.holds)
	}
	return chosen[0]
}

// deliversAgain replaces the store's resource, which delivers the secret again and mints nothing; also after the store has refused it,
// which the next plan does not see.
func (w *workshop) deliversAgain(to *sink.Sink, address string, current consumer, r recipe, token string) consumer {
	w.t.Helper()
	again := func() consumer {
		w.t.Helper()
		deliveries, live := to.Deliveries(), w.live()
		w.mustRun("apply", "-no-color", "-auto-approve", "-replace="+address)
		if to.Deliveries() != deliveries+1 || w.live() != live {
			w.t.Errorf("%d deliveries; %d tokens are alive instead of %d", to.Deliveries()-deliveries, w.live(), live)
		}
		return r.read(to.Slots())
	}
	if got := again(); got != current {
		w.t.Error("the secret that is delivered again is another one")
	}
	w.folderHas("token.tf", strings.ReplaceAll(token, "2030-Q1", "2030-Q2"))
	to.Refuse(1)
	w.mustFail("The store refuses the secret", "apply", "-no-color", "-auto-approve")
	w.unchanged()
	if r.read(to.Slots()) != current {
		w.t.Error("the store has taken what it refused")
	}
	got := again()
	w.logsIn(got.ClientID, got.ClientSecret, true)
	if got.ClientID == current.ClientID {
		w.t.Error("the new secret has not reached the store")
	}
	return got
}

// logsIn fails the test unless SailPoint accepts the token, or refuses it.
func (w *workshop) logsIn(id, secret string, want bool) {
	w.t.Helper()
	probe, err := sailpoint.UseToken(w.t.Context(), w.env["SAIL_BASE_URL"], id, secret)
	if probe.Works() != want || err != nil && want {
		w.t.Errorf("the token %q works: %t, %v", id, probe.Works(), err)
	}
}

// folderHas writes another file of the configuration.
func (w *workshop) folderHas(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.folder, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}
