package main

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// registry serves a layout as one repository of an OCI registry, over HTTPS on loopback: only what reading takes.
type registry struct {
	folder     string
	repository string
}

// serve starts the registry. It returns its host and port, and a file with the certificate that a client has to trust.
func (r registry) serve(t *testing.T) (host, certificate string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v2/{$}", func(http.ResponseWriter, *http.Request) {}) // a registry says by this that it is one
	mux.HandleFunc("GET /v2/"+r.repository+"/tags/list", r.tags)
	mux.HandleFunc("GET /v2/"+r.repository+"/manifests/{reference}", r.manifest)
	mux.HandleFunc("GET /v2/"+r.repository+"/blobs/{digest}", r.blob)
	server := httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	certificate = filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(certificate, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return server.Listener.Addr().String(), certificate
}

// versions reads what index.json describes.
func (r registry) versions() ([]descriptor, error) {
	text, err := os.ReadFile(filepath.Join(r.folder, "index.json"))
	if err != nil {
		return nil, err
	}
	var top index
	return top.Manifests, json.Unmarshal(text, &top)
}

func (r registry) tags(w http.ResponseWriter, _ *http.Request) {
	versions, err := r.versions()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer := struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}{Name: r.repository}
	for _, version := range versions {
		answer.Tags = append(answer.Tags, version.Annotations[tagAnnotation])
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// manifest answers to a tag and to a digest. Its media type is the one that the manifest itself has.
func (r registry) manifest(w http.ResponseWriter, request *http.Request) {
	reference := request.PathValue("reference")
	versions, err := r.versions()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for _, version := range versions {
		if version.Annotations[tagAnnotation] == reference {
			reference = version.Digest
		}
	}
	content, err := os.ReadFile(filepath.Join(r.folder, "blobs", "sha256", strings.TrimPrefix(reference, "sha256:")))
	if err != nil {
		http.NotFound(w, request)
		return
	}
	var typed struct {
		MediaType string `json:"mediaType"`
	}
	if err := json.Unmarshal(content, &typed); err != nil {
		http.NotFound(w, request)
		return
	}
	w.Header().Set("Content-Type", typed.MediaType)
	w.Header().Set("Docker-Content-Digest", reference)
	_, _ = w.Write(content)
}

func (r registry) blob(w http.ResponseWriter, request *http.Request) {
	digest := request.PathValue("digest")
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Docker-Content-Digest", digest)
	http.ServeFile(w, request, filepath.Join(r.folder, "blobs", "sha256", strings.TrimPrefix(digest, "sha256:")))
}
