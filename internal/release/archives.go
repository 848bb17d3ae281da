package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const project = "terraform-provider-mint"

// built is one version of the provider, as archives for every platform.
type built struct {
	version  string
	archives []archive
}

// archive is the zip of one platform. The sum is the SHA-256 in hexadecimal digits, as SHA256SUMS has it.
type archive struct {
	path, sum            string
	system, architecture string
}

// tag names the version in a registry, where a tag cannot hold the + of build metadata.
func (b built) tag() string { return strings.ReplaceAll(b.version, "+", "_") }

// archiveName is how the registries want an archive to be named: version, operating system, architecture.
var archiveName = regexp.MustCompile(`^` + project + `_([0-9][^_]*)_([a-z0-9]+)_([a-z0-9]+)\.zip$`)

// readArchives reads what one SHA256SUMS in the folder lists. Every archive in the folder has to be listed and every listed one has
// to be there, so that a layout never holds less than the release; whether the sums are right is found out when they are packed.
func readArchives(folder string) (built, error) {
	sumsFiles, err := filepath.Glob(filepath.Join(folder, project+"_*_SHA256SUMS"))
	if err != nil {
		return built{}, err
	}
	if len(sumsFiles) != 1 {
		return built{}, fmt.Errorf("%s has %d files named %s_VERSION_SHA256SUMS; one is needed", folder, len(sumsFiles), project)
	}
	text, err := os.ReadFile(sumsFiles[0])
	if err != nil {
		return built{}, err
	}
	name := filepath.Base(sumsFiles[0])
	found := built{version: strings.TrimSuffix(strings.TrimPrefix(name, project+"_"), "_SHA256SUMS")}
	if found.archives, err = listed(folder, found.version, text); err != nil {
		return built{}, fmt.Errorf("%s: %w", name, err)
	}
	present, err := filepath.Glob(filepath.Join(folder, "*.zip"))
	if err != nil {
		return built{}, err
	}
	for _, path := range present {
		if !slices.ContainsFunc(found.archives, func(a archive) bool { return a.path == path }) {
			return built{}, fmt.Errorf("%s does not list %s", name, filepath.Base(path))
		}
	}
	return found, nil
}

// listed reads the archives from SHA256SUMS, sorted by name; what else it lists (the registry's manifest, bills of material) is left out.
func listed(folder, version string, text []byte) ([]archive, error) {
	var archives []archive
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		sum, name, isPair := strings.Cut(lines.Text(), "  ")
		if raw, err := hex.DecodeString(sum); !isPair || err != nil || len(raw) != sha256.Size {
			return nil, fmt.Errorf("%q is not a checksum and a name", lines.Text())
		}
		if !strings.HasSuffix(name, ".zip") {
			continue
		}
		parts := archiveName.FindStringSubmatch(name)
		if parts == nil || parts[1] != version {
			return nil, fmt.Errorf("%q is not named %s_%s_OS_ARCH.zip", name, project, version)
		}
		archives = append(archives, archive{
			path: filepath.Join(folder, name), sum: strings.ToLower(sum), system: parts[2], architecture: parts[3],
		})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(archives) == 0 {
		return nil, fmt.Errorf("no archive is listed")
	}
	slices.SortFunc(archives, func(a, b archive) int { return strings.Compare(a.path, b.path) })
	for i, next := range archives[1:] {
		if next.path == archives[i].path {
			return nil, fmt.Errorf("%s is listed twice", filepath.Base(next.path))
		}
	}
	return archives, nil
}

// copyTo writes the archive into an open file and returns its size in bytes. An archive with another sum than the listed one is an error.
func (a archive) copyTo(out io.Writer) (int64, error) {
	in, err := os.Open(a.path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = in.Close() }()
	hash := sha256.New()
	size, err := io.Copy(io.MultiWriter(out, hash), in)
	if err != nil {
		return 0, err
	}
	if sum := hex.EncodeToString(hash.Sum(nil)); sum != a.sum {
		return 0, fmt.Errorf("%s has the sum %s, and SHA256SUMS lists %s", filepath.Base(a.path), sum, a.sum)
	}
	return size, nil
}
