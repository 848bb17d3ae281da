package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
)

const guide = "../../templates/guides/opentofu.md"

// usesProvider is a configuration for which OpenTofu has to start the provider that it has installed.
const usesProvider = `terraform {
  required_providers {
    mint = {
      source  = "tokenmint/mint"
      version = "0.1.0"
    }
  }
}

provider "mint" {
  sailpoint = {
    base_url      = "https://acme.api.identitynow.com"
    client_id     = "id"
    client_secret = "secret"
  }
}

resource "mint_sailpoint_personal_access_token" "this" {
  name     = "pipeline"
  lifetime = "30d"
}
`

// TestAccOpenTofu_ociMirror installs the provider from a layout, with the CLI configuration of the guide. OpenTofu reads a registry
// over HTTPS alone, so the stand-in has a certificate that it is told to trust.
func TestAccOpenTofu_ociMirror(t *testing.T) {
	t.Parallel()
	tofu := findOpenTofu(t)
	d, on := provider(t)
	host, certificate := registry{folder: d.pack(), repository: "opentofu-providers/tokenmint/mint"}.serve(t)
	lock := installs(t, tofu, strings.ReplaceAll(settings(t, "oci_mirror"), "registry.example.com", host), "SSL_CERT_FILE="+certificate)
	if sum := d.sums[d.archiveOf(on)]; !strings.Contains(lock, `"zh:`+sum+`"`) {
		t.Errorf("the lock file does not hold the sum of the archive, %s:\n%s", sum, lock)
	}
}

// TestAccOpenTofu_filesystemMirror installs the provider from an archive in a folder, likewise.
func TestAccOpenTofu_filesystemMirror(t *testing.T) {
	t.Parallel()
	tofu := findOpenTofu(t)
	d, on := provider(t)
	mirror := t.TempDir()
	folder := filepath.Join(mirror, "registry.opentofu.org", "tokenmint", "mint")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(d.folder, d.archiveOf(on)), filepath.Join(folder, d.archiveOf(on))); err != nil {
		t.Fatal(err)
	}
	installs(t, tofu, strings.ReplaceAll(settings(t, "filesystem_mirror"), "/usr/share/tofu/providers", filepath.ToSlash(mirror)))
}

// findOpenTofu returns the path of OpenTofu, or skips the test where Terraform is installed or nothing.
func findOpenTofu(t *testing.T) string {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("drives OpenTofu: set TF_ACC=1")
	}
	path := engine.Installed()
	if path == "" {
		t.Skip("there is no OpenTofu")
	}
	is, err := engine.IsOpenTofu(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if !is {
		t.Skip("mirrors in OCI registries are OpenTofu's: set " + engine.PathVariable)
	}
	return path
}

// compiled is the provider's binary, which the tests share.
var compiled = sync.OnceValues(func() ([]byte, error) { //nolint:gochecknoglobals // one build for all tests
	folder, err := os.MkdirTemp("", "mint-release-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if _, err := engine.Build(context.Background(), folder); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, "terraform-provider-mint"))
})

// provider is a folder with the provider itself for the platform of this test, which it returns, and two other platforms.
func provider(t *testing.T) (*dist, string) {
	t.Helper()
	binary, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	on := runtime.GOOS + "_" + runtime.GOARCH
	d := newDist(t, "0.1.0", "plan9_mips", "freebsd_riscv64")
	d.add(d.archiveOf(on), zipOf(t, "terraform-provider-mint_v0.1.0", binary))
	d.writeSums()
	return d, on
}

// settings is the CLI configuration of the guide that has such a block.
func settings(t *testing.T, block string) string {
	t.Helper()
	for _, match := range regexp.MustCompile("(?s)```hcl\n(.*?)```").FindAllStringSubmatch(string(readFile(t, guide)), -1) {
		if strings.Contains(match[1], block+" {") {
			return match[1]
		}
	}
	t.Fatalf("the guide shows no %s", block)
	return ""
}

// installs runs OpenTofu with the CLI configuration: it installs the provider, and starts what it has installed. It returns the lock file.
func installs(t *testing.T, tofu, settings string, environment ...string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range map[string]string{"main.tf": usesProvider, "tofurc": settings} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, arguments := range [][]string{{"init", "-no-color"}, {"validate", "-no-color"}} {
		command := exec.CommandContext(t.Context(), tofu, arguments...)
		command.Dir = folder
		command.Env = append([]string{
			"HOME=" + folder, "PATH=" + os.Getenv("PATH"), "TF_CLI_CONFIG_FILE=" + filepath.Join(folder, "tofurc"), "CHECKPOINT_DISABLE=1",
		}, environment...)
		output, err := command.CombinedOutput()
		t.Logf("tofu %s\n%s", strings.Join(arguments, " "), output)
		if err != nil {
			t.Fatal(err)
		}
	}
	return string(readFile(t, folder, ".terraform.lock.hcl"))
}
