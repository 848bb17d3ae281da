package main

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

// TestWrite_likeTerraform compares the dump with Terraform's own, for the kinds
// of objects that the installed Terraform knows.
func TestWrite_likeTerraform(t *testing.T) {
	t.Parallel()
	terraform := engine.Installed()
	if terraform == "" {
		t.Skip("Terraform is not installed")
	}
	want := section(t, terraformDump(t, terraform))

	var written bytes.Buffer
	if err := write(t.Context(), &written, providerserver.NewProtocol6(provider.New("test")())()); err != nil {
		t.Fatal(err)
	}
	got := section(t, written.Bytes())

	for _, kind := range []string{"list_resource_schemas", "action_schemas", "resource_identity_schemas"} {
		if _, known := want[kind]; !known {
			delete(got, kind)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the dump differs from Terraform's (-terraform +dump):\n%s", diff)
	}
	if resources, _ := want["resource_schemas"].(map[string]any); len(resources) == 0 {
		t.Error("Terraform's dump has no resources, so nothing was compared")
	}
}

// terraformDump builds the provider and lets Terraform ask it for its schemas.
func terraformDump(t *testing.T, terraform string) []byte {
	t.Helper()
	folder := t.TempDir()
	settings, err := engine.Build(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	const configuration = "terraform {\n  required_providers {\n    mint = {\n      source = \"tokenmint/mint\"\n    }\n  }\n}\n"
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), terraform, "providers", "schema", "-json")
	command.Dir = folder
	command.Env = []string{"HOME=" + folder, "PATH=" + os.Getenv("PATH"), "TF_CLI_CONFIG_FILE=" + settings, "CHECKPOINT_DISABLE=1"}
	var failure bytes.Buffer
	command.Stderr = &failure
	dump, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, failure.Bytes())
	}
	return dump
}

// section returns what a dump says of its only provider.
func section(t *testing.T, dump []byte) map[string]any {
	t.Helper()
	whole := decoded(t, dump)
	if whole["format_version"] != formatVersion {
		t.Errorf("format version %v, want %s", whole["format_version"], formatVersion)
	}
	providers, _ := whole["provider_schemas"].(map[string]any)
	keys := slices.Collect(maps.Keys(providers))
	if len(keys) != 1 {
		t.Fatalf("providers %q, want one", keys)
	}
	found, _ := providers[keys[0]].(map[string]any)
	return found
}
