package sandboxtest_test

import (
	"strings"
	"testing"

	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

func TestProviderBlock(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t, func(o *sandbox.Options) { o.SailPoint.HideExpired = true })
	sb.RequireEmulator(t)
	if !sb.SailPoint.Switches().HideExpired {
		t.Error("the option did not reach the emulator")
	}
	bootstrap := sb.SailPoint.Bootstrap()
	want := `provider "mint" {
  alias = "second"
  expiry_warning = "1h"
  sailpoint = {
    api_version = "beta"
    base_url = "` + sb.URL("sailpoint") + `"
    client_id = "` + bootstrap.ClientID + `"
  }
}
`
	got := sb.ProviderBlock(
		sandboxtest.Alias("second"),
		sandboxtest.Top("expiry_warning", `"1h"`),
		sandboxtest.Argument("sailpoint", "api_version", `"beta"`),
		sandboxtest.Argument("sailpoint", "client_secret", ""),
		sandboxtest.Without("magpie"), sandboxtest.Without("truefoundry"),
	)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := sb.ProviderBlock(sandboxtest.Without("sailpoint"), sandboxtest.Without("magpie"), sandboxtest.Without("truefoundry")); got != "provider \"mint\" {\n}\n" {
		t.Errorf("without: %s", got)
	}
	full := sb.ProviderBlock()
	if !strings.Contains(full, `client_secret = "`+bootstrap.ClientSecret+`"`) || strings.Contains(full, "username") {
		t.Errorf("full: %s", full)
	}
}

func TestCheckLive_countsMintedTokensOnly(t *testing.T) {
	t.Parallel()
	sb := sandboxtest.Start(t)
	sb.RequireEmulator(t)
	if _, err := sb.SailPoint.AddToken(sailpoint.Token{Name: "foreign"}); err != nil {
		t.Fatal(err)
	}
	sb.RequireLive(t, 0)
	if err := sandboxtest.CheckNothingLive(sb)(nil); err != nil {
		t.Error(err)
	}
	if err := sandboxtest.CheckLive(sb, 1)(nil); err == nil || !strings.Contains(err.Error(), "0 minted tokens") {
		t.Errorf("error %v", err)
	}
}

// TestLive is not parallel because it sets the environment.
func TestLive(t *testing.T) {
	t.Setenv(sandboxtest.LiveVariable, "1")
	sb := sandboxtest.Start(t)
	if sb.Sandbox != nil || sb.Minted() != nil {
		t.Error("live mode started a sandbox")
	}
	if err := sandboxtest.CheckNothingLive(sb)(nil); err != nil {
		t.Error(err)
	}
	got := sb.ProviderBlock(sandboxtest.Argument("sailpoint", "api_version", `"beta"`))
	if want := "provider \"mint\" {\n  sailpoint = {\n    api_version = \"beta\"\n  }\n}\n"; got != want {
		t.Errorf("got\n%s", got)
	}
	t.Run("skips", func(t *testing.T) {
		sb.RequireEmulator(t)
		t.Error("not skipped")
	})
}
