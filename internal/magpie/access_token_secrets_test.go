package magpie_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
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
			process := o.process(kind)
			process.Context = tflogtest.RootLogger(t.Context(), &log)
			p := protocoltest.Start(t, process)
			config := values{"description": "x"}
			if kind != personal {
				config["user_name"] = robot
			}
			made := p.Create(config)
			read := p.MustRead(made)
			if made.Text("token") == "" || read.Text("token") != made.Text("token") {
				t.Errorf("the state lacks the token: %v", read.Attributes)
			}
			if !strings.Contains(log.String(), "request answered") {
				t.Error("the log shows no request: the search below proves nothing")
			}
			o.turn(func(w *fake.Switches) { w.ListBroken = "no_id" })()
			_, diagnostics := o.engine(kind).Read(made)
			texts := map[string]string{"the log": log.String()}
			for i, problem := range diagnostics {
				texts[fmt.Sprintf("message %d", i)] = problem.Summary + problem.Detail
			}
			for name, v := range read.Attributes {
				if name != "token" && name != "other_token_ids" {
					texts["the attribute "+name] = v.String()
				}
			}
			if text := diagnostics.Errors().String(); !strings.Contains(text, `"token"`) {
				t.Errorf("no error that names the keys: %q", text)
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
