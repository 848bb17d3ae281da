package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// What OpenTofu looks for in a registry: an index of the type "provider" lists, for each platform, a manifest of the type
// "provider-target", whose one layer is the archive.
const (
	providerType = "application/vnd.opentofu.provider"
	targetType   = "application/vnd.opentofu.provider-target"
	archiveType  = "archive/zip"
)

// Media types and annotations of the OCI image specification, version 1.1.
const (
	indexType     = "application/vnd.oci.image.index.v1+json"
	manifestType  = "application/vnd.oci.image.manifest.v1+json"
	emptyType     = "application/vnd.oci.empty.v1+json"
	tagAnnotation = "org.opencontainers.image.ref.name"
	nameOfLayer   = "org.opencontainers.image.title"
)

// empty is the configuration of an artifact that has none.
const empty = "{}"

// descriptor points at a blob. The digest is "sha256:" and hexadecimal digits, the size is in bytes.
type descriptor struct {
	MediaType    string            `json:"mediaType"`
	ArtifactType string            `json:"artifactType,omitempty"`
	Digest       string            `json:"digest"`
	Size         int64             `json:"size"`
	Platform     *platform         `json:"platform,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
}

type platform struct {
	Architecture string `json:"architecture"`
	OS           string `json:"os"`
}

// manifest is one platform's.
type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	ArtifactType  string       `json:"artifactType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

// index lists manifests: those of all platforms of a version, and, as index.json, the versions of a layout.
type index struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Manifests     []descriptor      `json:"manifests"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// layout is the folder that is being written. The same archives make the same bytes: nothing in it tells when it was written.
type layout struct{ folder string }

// writeLayout makes the folder and returns the digest of the version's index. It leaves no folder behind when it fails.
func writeLayout(folder string, from built) (string, error) {
	if _, err := os.Lstat(folder); !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("%s exists already", folder)
	}
	digest, err := layout{folder: folder}.write(from)
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(folder))
	}
	return digest, nil
}

// write writes the whole layout and returns the digest of the version's index.
func (l layout) write(from built) (string, error) {
	if err := os.MkdirAll(l.blob(""), 0o755); err != nil {
		return "", err
	}
	config, err := l.add(emptyType, []byte(empty))
	if err != nil {
		return "", err
	}
	version := index{
		SchemaVersion: 2, MediaType: indexType, ArtifactType: providerType,
		Annotations: map[string]string{
			"org.opencontainers.image.licenses": "MPL-2.0",
			"org.opencontainers.image.source":   "https://github.com/tokenmint/" + project,
			"org.opencontainers.image.version":  from.version,
		},
	}
	for _, packed := range from.archives {
		target, err := l.addTarget(packed, config)
		if err != nil {
			return "", err
		}
		version.Manifests = append(version.Manifests, target)
	}
	described, err := l.addJSON(indexType, version)
	if err != nil {
		return "", err
	}
	described.ArtifactType = providerType
	described.Annotations = map[string]string{tagAnnotation: from.tag()}
	if err := l.writeJSON("index.json", index{SchemaVersion: 2, MediaType: indexType, Manifests: []descriptor{described}}); err != nil {
		return "", err
	}
	return described.Digest, l.writeJSON("oci-layout", map[string]string{"imageLayoutVersion": "1.0.0"})
}

// addTarget adds the archive of a platform and the manifest that points at it.
func (l layout) addTarget(packed archive, config descriptor) (descriptor, error) {
	layer, err := l.addArchive(packed)
	if err != nil {
		return descriptor{}, err
	}
	target, err := l.addJSON(manifestType, manifest{
		SchemaVersion: 2, MediaType: manifestType, ArtifactType: targetType, Config: config, Layers: []descriptor{layer},
	})
	target.ArtifactType = targetType
	target.Platform = &platform{Architecture: packed.architecture, OS: packed.system}
	return target, err
}

// addArchive copies an archive under the digest that SHA256SUMS lists.
func (l layout) addArchive(packed archive) (descriptor, error) {
	out, err := os.OpenFile(l.blob(packed.sum), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return descriptor{}, err
	}
	size, err := packed.copyTo(out)
	if err := errors.Join(err, out.Close()); err != nil {
		return descriptor{}, err
	}
	return descriptor{
		MediaType: archiveType, Digest: "sha256:" + packed.sum, Size: size,
		Annotations: map[string]string{nameOfLayer: filepath.Base(packed.path)},
	}, nil
}

func (l layout) addJSON(mediaType string, content any) (descriptor, error) {
	text, err := json.Marshal(content)
	if err != nil {
		return descriptor{}, err
	}
	return l.add(mediaType, text)
}

func (l layout) add(mediaType string, content []byte) (descriptor, error) {
	sum := sha256.Sum256(content)
	digits := hex.EncodeToString(sum[:])
	described := descriptor{MediaType: mediaType, Digest: "sha256:" + digits, Size: int64(len(content))}
	return described, os.WriteFile(l.blob(digits), content, 0o644)
}

func (l layout) writeJSON(name string, content any) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.folder, name), text, 0o644)
}

// blob is where the content with this SHA-256 is.
func (l layout) blob(digits string) string { return filepath.Join(l.folder, "blobs", "sha256", digits) }
