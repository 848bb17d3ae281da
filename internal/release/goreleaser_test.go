package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/oasdiff/yaml"
)

// goreleaserFile is what the registries' rules are about.
type goreleaserFile struct {
	Project string `json:"project_name"`
	Builds  []struct {
		Binary   string                          `json:"binary"`
		Env      []string                        `json:"env"`
		Flags    []string                        `json:"flags"`
		Linker   []string                        `json:"ldflags"`
		Modified string                          `json:"mod_timestamp"`
		Systems  []string                        `json:"goos"`
		Machines []string                        `json:"goarch"`
		Ignore   []struct{ GOOS, GOARCH string } `json:"ignore"`
	} `json:"builds"`
	Archives []struct {
		Formats []string `json:"formats"`
		Name    string   `json:"name_template"`
		Files   []struct {
			Source string         `json:"src"`
			Info   map[string]any `json:"info"`
		} `json:"files"`
	} `json:"archives"`
	Bills []struct {
		Artifacts string   `json:"artifacts"`
		Arguments []string `json:"args"`
	} `json:"sboms"`
	Checksum struct {
		Name      string      `json:"name_template"`
		Algorithm string      `json:"algorithm"`
		Extra     []extraFile `json:"extra_files"`
	} `json:"checksum"`
	Signs []struct {
		Artifacts string   `json:"artifacts"`
		Arguments []string `json:"args"`
	} `json:"signs"`
	Release struct {
		Draft bool        `json:"draft"`
		Extra []extraFile `json:"extra_files"`
	} `json:"release"`
}

type extraFile struct {
	Glob string `json:"glob"`
	Name string `json:"name_template"`
}

func readYAML[T any](t *testing.T, path string) T {
	t.Helper()
	var into T
	if _, err := yaml.Unmarshal(readFile(t, path), &into, yaml.DecodeOpts{}); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return into
}

// wantedPlatforms are those for which Terraform or OpenTofu is released and Go can build.
func wantedPlatforms() []string {
	return []string{
		"darwin_amd64", "darwin_arm64",
		"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
		"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
		"windows_386", "windows_amd64", "windows_arm64",
	}
}

// expand fills a template of goreleaser in, as for version 0.1.0 on linux_amd64.
func expand(template string) string {
	return strings.NewReplacer(
		"{{ .ProjectName }}", project, "{{ .Version }}", "0.1.0", "{{ .Os }}", "linux", "{{ .Arch }}", "amd64",
	).Replace(template)
}

// TestGoreleaser_names holds names to what the registries take: their page "Publishing Providers".
func TestGoreleaser_names(t *testing.T) {
	t.Parallel()
	file := readYAML[goreleaserFile](t, "../../.goreleaser.yml")
	if len(file.Builds) != 1 || len(file.Archives) != 1 || len(file.Bills) != 1 || len(file.Signs) != 1 {
		t.Fatalf("one build, one kind of archive, one bill and one signature are wanted: %+v", file)
	}
	for what, got := range map[string][2]string{
		"project":                      {file.Project, "terraform-provider-mint"},
		"binary":                       {expand(file.Builds[0].Binary), "terraform-provider-mint_v0.1.0"},
		"archive":                      {expand(file.Archives[0].Name) + "." + strings.Join(file.Archives[0].Formats, " "), "terraform-provider-mint_0.1.0_linux_amd64.zip"},
		"checksums":                    {expand(file.Checksum.Name), "terraform-provider-mint_0.1.0_SHA256SUMS"},
		"algorithm of the checksums":   {file.Checksum.Algorithm, "sha256"},
		"what is signed":               {file.Signs[0].Artifacts, "checksum"},
		"what has a bill of materials": {file.Bills[0].Artifacts, "archive"},
	} {
		if got[0] != got[1] {
			t.Errorf("%s: %q, want %q", what, got[0], got[1])
		}
	}
	if !slices.Contains(file.Signs[0].Arguments, "--detach-sign") || slices.Contains(file.Signs[0].Arguments, "--armor") {
		t.Errorf("the registries take a detached signature that is not armoured: %q", file.Signs[0].Arguments)
	}
	for where, extra := range map[string][]extraFile{"checksum": file.Checksum.Extra, "release": file.Release.Extra} {
		if len(extra) != 1 || extra[0].Glob != "terraform-registry-manifest.json" || expand(extra[0].Name) != "terraform-provider-mint_0.1.0_manifest.json" {
			t.Errorf("%s: the registry's manifest is missing: %+v", where, extra)
		}
	}
	if !file.Release.Draft {
		t.Error("the workflow completes a draft, and publishes it")
	}
}

// TestGoreleaser_platforms counts the platforms, and reads their names back as the layout does.
func TestGoreleaser_platforms(t *testing.T) {
	t.Parallel()
	file := readYAML[goreleaserFile](t, "../../.goreleaser.yml")
	build := file.Builds[0]
	var found []string
	for _, system := range build.Systems {
		for _, machine := range build.Machines {
			if !slices.ContainsFunc(build.Ignore, func(not struct{ GOOS, GOARCH string }) bool { return not.GOOS == system && not.GOARCH == machine }) {
				found = append(found, system+"_"+machine)
			}
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, wantedPlatforms()) {
		t.Errorf("built for %q, want %q", found, wantedPlatforms())
	}
	if name := expand(file.Archives[0].Name) + ".zip"; archiveName.FindStringSubmatch(name) == nil {
		t.Errorf("a layout does not know the archive %s", name)
	}
}

// TestGoreleaser_reproducible looks for what would make two builds of one commit differ.
func TestGoreleaser_reproducible(t *testing.T) {
	t.Parallel()
	file := readYAML[goreleaserFile](t, "../../.goreleaser.yml")
	build := file.Builds[0]
	if !slices.Contains(build.Env, "CGO_ENABLED=0") || !slices.Contains(build.Flags, "-trimpath") || build.Modified != "{{ .CommitTimestamp }}" {
		t.Errorf("a build depends on the machine or the hour: %+v", build)
	}
	if flags := strings.Join(build.Linker, " "); strings.Contains(flags, ".Date") || strings.Contains(flags, ".Now") {
		t.Errorf("the binary holds the time of the build: %s", flags)
	}
	if len(file.Archives[0].Files) != 1 {
		t.Fatalf("the archive holds %+v besides the binary, want the license", file.Archives[0].Files)
	}
	if license := file.Archives[0].Files[0]; license.Source != "LICENSE" || license.Info["mtime"] != "{{ .CommitDate }}" {
		t.Errorf("the license in the archive has the time of the checkout: %+v", license)
	}
}

// TestManifest holds the registry's manifest to the protocol that the provider serves.
func TestManifest(t *testing.T) {
	t.Parallel()
	var manifest struct {
		Version  int `json:"version"`
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(readFile(t, "../../terraform-registry-manifest.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.Protocols, []string{"6.0"}) {
		t.Errorf("the manifest is %+v", manifest)
	}
}
