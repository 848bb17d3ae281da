// Package engine finds a Terraform to run and builds this provider for it, for the demonstration and for tests that drive the
// real thing.
package engine

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"
)

// PathVariable names the Terraform to run; terraform-plugin-testing reads it too.
const PathVariable = "TF_ACC_TERRAFORM_PATH"

// fetched is the release to fetch where no Terraform is installed.
const fetched = "~> 1.14"

// Installed returns the Terraform that is there: the one that [PathVariable] names, else the one on PATH, else nothing.
func Installed() string {
	if path := os.Getenv(PathVariable); path != "" {
		return path
	}
	path, err := exec.LookPath("terraform")
	if err != nil {
		return ""
	}
	return path
}

// IsOpenTofu reports whether a Terraform is OpenTofu. The number of its version does not tell: both count in the same way.
func IsOpenTofu(ctx context.Context, path string) (bool, error) {
	output, err := exec.CommandContext(ctx, path, "version").Output()
	return bytes.Contains(output, []byte("OpenTofu")), err
}

// Find returns the Terraform to run: the one that [PathVariable] names, else the one on PATH, else a release that it fetches
// into the folder.
func Find(ctx context.Context, folder string) (string, error) {
	if path := Installed(); path != "" {
		return path, nil
	}
	constraint, err := version.NewConstraint(fetched)
	if err != nil {
		return "", err
	}
	latest := releases.LatestVersion{Product: product.Terraform, Constraints: constraint, InstallDir: folder}
	path, err := latest.Install(ctx)
	if err != nil {
		return "", fmt.Errorf("no Terraform on PATH, and fetching one failed: %w", err)
	}
	return path, nil
}

// Build compiles the provider into the folder and writes a CLI configuration that makes Terraform use it in place of any
// release. It returns the path of that configuration.
func Build(ctx context.Context, folder string) (string, error) {
	binary := filepath.Join(folder, "terraform-provider-mint")
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/tokenmint/terraform-provider-mint")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the provider: %w\n%s", err, output)
	}
	settings := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n",
		"tokenmint/mint", filepath.ToSlash(folder))
	path := filepath.Join(folder, "terraform.rc")
	return path, os.WriteFile(path, []byte(settings), 0o600)
}
