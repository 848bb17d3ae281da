package magpie_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
)

// TestMagpieAccessToken_secrets searches logs and messages for every secret, where lists hold the tokens themselves, too.
func TestMagpieAccessToken_secrets(t *testing.T) {
	t.Parallel()
	for _, kind := range kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o := emulate(t, switched(func(w *fake.Switches) { w.ListToken, w.CreateID = "plain", true }))
			foreign := o.seed(o.owner(kind))
			var log bytes.Buffer
			p := o.protocol()
			p.ctx = tflogtest.RootLogger(p.ctx, &log)
			config := map[string]any{"description": "x"}
			if kind != personal {
				config["user_name"] = robot
			}
			made := p.apply(kind, nil, config)
			read := p.read(kind, made)
			if made.text("token") == "" || read.text("token") != made.text("token") {
				t.Errorf("the state lacks the token: %v", read.values())
			}
			if !strings.Contains(log.String(), "request answered") {
				t.Error("the log shows no request: the search below proves nothing")
			}
			o.turn(func(w *fake.Switches) { w.ListBroken = "no_id" })()
			failed := o.protocol().read(kind, made)
			texts := map[string]string{"the log": log.String()}
			for _, problem := range failed.problems {
				texts["an error"] = problem.Summary + problem.Detail
			}
			for name, v := range read.values() {
				if name != "token" && name != "other_token_ids" {
					texts["the attribute "+name] = v.String()
				}
			}
			if len(failed.problems) == 0 || !strings.Contains(texts["an error"], `"token"`) {
				t.Errorf("no error that names the keys: %v", texts["an error"])
			}
			for where, text := range texts {
				for _, secret := range append(o.Vault().Minted(), foreign.Secret) {
					if strings.Contains(text, secret) {
						t.Errorf("%s holds a secret", where)
					}
				}
			}
		})
	}
}
