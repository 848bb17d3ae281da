package sandboxtest_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox/sandboxtest"
)

// TestVersions is not parallel because it sets the environment.
func TestVersions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no POSIX shell")
	}
	path := filepath.Join(t.TempDir(), "engine")
	t.Setenv(engine.PathVariable, path)
	gates := map[string][]tfversion.TerraformVersionCheck{
		"ephemerals": sandboxtest.Ephemerals(), "identities": sandboxtest.Identities(), "queries": sandboxtest.Queries(), "actions": sandboxtest.Actions(),
	}
	for _, c := range []struct {
		engine, version string
		open            map[string]bool
	}{
		{"Terraform", "1.9.8", nil},
		{"Terraform", "1.11.4", map[string]bool{"ephemerals": true}},
		{"Terraform", "1.13.5", map[string]bool{"ephemerals": true, "identities": true}},
		{"Terraform", "1.14.0-rc1", map[string]bool{"ephemerals": true, "identities": true, "queries": true, "actions": true}},
		{"OpenTofu", "1.12.6", map[string]bool{"ephemerals": true, "identities": true}},
		{"OpenTofu", "1.14.0", map[string]bool{"ephemerals": true, "identities": true}},
	} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho "+c.engine+" v"+c.version+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		for name, checks := range gates {
			var skip string
			for _, check := range checks {
				var resp tfversion.CheckTerraformVersionResponse
				check.CheckTerraformVersion(t.Context(), tfversion.CheckTerraformVersionRequest{TerraformVersion: version.Must(version.NewVersion(c.version))}, &resp)
				if resp.Error != nil {
					t.Error(resp.Error)
				}
				skip += resp.Skip
			}
			if (skip == "") != c.open[name] {
				t.Errorf("%s on %s %s: %q", name, c.engine, c.version, skip)
			}
		}
	}
}
