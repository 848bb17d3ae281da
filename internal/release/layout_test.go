package main

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// platforms are enough to tell a mixed-up one.
var platforms = []string{"darwin_arm64", "linux_386", "linux_amd64", "linux_arm", "windows_amd64", "windows_arm64"} //nolint:gochecknoglobals // read only

// dist is a folder as goreleaser leaves it: archives, what else it lists in SHA256SUMS, and what it does not.
type dist struct {
	t       *testing.T
	folder  string
	version string
	sums    map[string]string
}

// newDist has an archive for each platform, with content of its own.
func newDist(t *testing.T, version string, platforms ...string) *dist {
	t.Helper()
	d := &dist{t: t, folder: t.TempDir(), version: version, sums: map[string]string{}}
	for _, on := range platforms {
		d.add(fmt.Sprintf("terraform-provider-mint_%s_%s.zip", version, on), zipOf(t, "terraform-provider-mint_v"+version, []byte("the provider for "+on)))
	}
	d.add(fmt.Sprintf("terraform-provider-mint_%s_manifest.json", version), []byte(`{"version": 1}`))
	d.add(fmt.Sprintf("terraform-provider-mint_%s_linux_amd64.zip.spdx.json", version), []byte(`{"spdxVersion": "SPDX-2.3"}`))
	d.write("artifacts.json", []byte("[]"))
	d.writeSums()
	return d
}

func (d *dist) add(name string, content []byte) {
	d.t.Helper()
	sum := sha256.Sum256(content)
	d.sums[name] = hex.EncodeToString(sum[:])
	d.write(name, content)
}

func (d *dist) write(name string, content []byte) {
	d.t.Helper()
	if err := os.WriteFile(filepath.Join(d.folder, name), content, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *dist) writeSums() {
	d.t.Helper()
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(d.sums)) {
		fmt.Fprintf(&text, "%s  %s\n", d.sums[name], name)
	}
	d.write("terraform-provider-mint_"+d.version+"_SHA256SUMS", []byte(text.String()))
}

// archiveOf names the archive of a platform.
func (d *dist) archiveOf(on string) string {
	return fmt.Sprintf("terraform-provider-mint_%s_%s.zip", d.version, on)
}

// zipOf is an archive with one executable file.
func zipOf(t *testing.T, name string, content []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	writer := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: name, Method: zip.Deflate}
	header.SetMode(0o755)
	file, err := writer.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// pack makes a layout of the folder and returns where it is.
func (d *dist) pack() string {
	d.t.Helper()
	folder := filepath.Join(d.t.TempDir(), "layout")
	if err := run(d.t.Output(), []string{d.folder, folder}); err != nil {
		d.t.Fatal(err)
	}
	return folder
}

// blob reads what a descriptor points at and holds it to its digest and size.
func blob(t *testing.T, folder string, described descriptor) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(folder, "blobs", "sha256", strings.TrimPrefix(described.Digest, "sha256:")))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(content)
	if digest := "sha256:" + hex.EncodeToString(sum[:]); digest != described.Digest || int64(len(content)) != described.Size {
		t.Errorf("a blob has the digest %s and %d bytes, and is described with %s and %d bytes", digest, len(content), described.Digest, described.Size)
	}
	return content
}

func parse[T any](t *testing.T, text []byte) T {
	t.Helper()
	var into T
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&into); err != nil {
		t.Fatal(err)
	}
	return into
}

func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestLayout reads a layout back as a registry's client does, from the tag to the archives.
func TestLayout(t *testing.T) {
	t.Parallel()
	d := newDist(t, "0.1.0", platforms...)
	folder := d.pack()
	if got := string(readFile(t, folder, "oci-layout")); got != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("oci-layout is %s", got)
	}
	top := parse[index](t, readFile(t, folder, "index.json"))
	if len(top.Manifests) != 1 || top.MediaType != indexType || top.SchemaVersion != 2 {
		t.Fatalf("index.json lists %d versions: %+v", len(top.Manifests), top)
	}
	tagged := top.Manifests[0]
	if tagged.Annotations[tagAnnotation] != "0.1.0" || tagged.ArtifactType != "application/vnd.opentofu.provider" {
		t.Errorf("the version is described as %+v", tagged)
	}
	version := parse[index](t, blob(t, folder, tagged))
	if version.ArtifactType != "application/vnd.opentofu.provider" || version.MediaType != "application/vnd.oci.image.index.v1+json" || version.SchemaVersion != 2 {
		t.Errorf("the version's index is %+v", version)
	}
	var found []string
	for _, target := range version.Manifests {
		on := target.Platform.OS + "_" + target.Platform.Architecture
		found = append(found, on)
		if target.ArtifactType != "application/vnd.opentofu.provider-target" || target.MediaType != "application/vnd.oci.image.manifest.v1+json" {
			t.Errorf("%s is described as %+v", on, target)
		}
		one := parse[manifest](t, blob(t, folder, target))
		if one.ArtifactType != target.ArtifactType || one.MediaType != target.MediaType || one.SchemaVersion != 2 || len(one.Layers) != 1 {
			t.Fatalf("the manifest of %s is %+v", on, one)
		}
		if config := blob(t, folder, one.Config); string(config) != "{}" || one.Config.MediaType != "application/vnd.oci.empty.v1+json" {
			t.Errorf("the configuration of %s is %s, described as %+v", on, config, one.Config)
		}
		layer := one.Layers[0]
		if layer.MediaType != "archive/zip" || layer.Digest != "sha256:"+d.sums[d.archiveOf(on)] || layer.Annotations[nameOfLayer] != d.archiveOf(on) {
			t.Errorf("the layer of %s is %+v", on, layer)
		}
		if !bytes.Equal(blob(t, folder, layer), readFile(t, d.folder, d.archiveOf(on))) {
			t.Errorf("the layer of %s is not its archive", on)
		}
	}
	if !slices.Equal(found, platforms) {
		t.Errorf("the version has %q, want %q", found, platforms)
	}
	entries, err := os.ReadDir(filepath.Join(folder, "blobs", "sha256"))
	if err != nil {
		t.Fatal(err)
	}
	if want := 2*len(platforms) + 2; len(entries) != want {
		t.Errorf("%d blobs, want %d: an archive and a manifest per platform, the index and the empty configuration", len(entries), want)
	}
}

// TestLayout_repeats packs the same archives twice: the bytes are the same, so that a layout can be made again and compared.
func TestLayout_repeats(t *testing.T) {
	t.Parallel()
	d := newDist(t, "0.1.0", platforms...)
	first, second := readFile(t, d.pack(), "index.json"), readFile(t, d.pack(), "index.json")
	if !bytes.Equal(first, second) {
		t.Errorf("the second layout differs:\n%s\n%s", first, second)
	}
}

// TestLayout_tag holds a version with build metadata to the only form that a registry takes.
func TestLayout_tag(t *testing.T) {
	t.Parallel()
	top := parse[index](t, readFile(t, newDist(t, "0.2.0-rc.1+build.7", "linux_amd64").pack(), "index.json"))
	if got := top.Manifests[0].Annotations[tagAnnotation]; got != "0.2.0-rc.1_build.7" {
		t.Errorf("the tag is %q", got)
	}
}

func TestLayout_refuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		spoil func(*dist)
		want  string
	}{
		"an archive with another sum": {
			func(d *dist) { d.write(d.archiveOf("linux_arm"), []byte("something else")) }, "linux_arm.zip has the sum",
		},
		"an archive that is missing": {
			func(d *dist) { _ = os.Remove(filepath.Join(d.folder, d.archiveOf("linux_arm"))) }, "linux_arm.zip",
		},
		"an archive that is not listed": {
			func(d *dist) { d.write("other.zip", nil) }, "does not list other.zip",
		},
		"an archive of another version": {
			func(d *dist) {
				d.add("terraform-provider-mint_0.0.9_linux_arm.zip", nil)
				d.writeSums()
			}, `"terraform-provider-mint_0.0.9_linux_arm.zip" is not named terraform-provider-mint_0.1.0_OS_ARCH.zip`,
		},
		"an archive in another folder": {
			func(d *dist) {
				d.sums["../terraform-provider-mint_0.1.0_linux_arm.zip"] = d.sums[d.archiveOf("linux_arm")]
				d.writeSums()
			}, "is not named",
		},
		"a line that is no sum": {
			func(d *dist) { d.sums["x"] = "sha256"; d.writeSums() }, "is not a checksum and a name",
		},
		"no archives": {
			func(d *dist) { clear(d.sums); d.writeSums() }, "no archive is listed",
		},
		"two versions": {
			func(d *dist) { d.write("terraform-provider-mint_0.2.0_SHA256SUMS", nil) }, "has 2 files named",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDist(t, "0.1.0", platforms...)
			c.spoil(d)
			folder := filepath.Join(t.TempDir(), "layout")
			err := run(t.Output(), []string{d.folder, folder})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if _, err := os.Lstat(folder); err == nil {
				t.Error("a failure left a layout behind")
			}
		})
	}
}

// TestLayout_keepsWhatIsThere writes into no folder that exists.
func TestLayout_keepsWhatIsThere(t *testing.T) {
	t.Parallel()
	d := newDist(t, "0.1.0", "linux_amd64")
	if err := run(t.Output(), []string{d.folder, d.folder}); err == nil || !strings.Contains(err.Error(), "exists already") {
		t.Errorf("got %v", err)
	}
	readFile(t, d.folder, d.archiveOf("linux_amd64"))
}
