// Package contract holds what passes between a client and a server against a vendor's OpenAPI file. It is test support: the
// clients' tests watch what they send through it, the emulators' tests what they answer.
package contract

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

// Folder is the environment variable that names the folder with the vendors' OpenAPI files.
const Folder = "MINT_SPECS"

// Unused names operations that are not used, such as "GET /tokens/{id}", each with the reason.
type Unused map[string]string

// Document is an OpenAPI file, and a tally of its operations.
type Document struct {
	// Spec is the file's content. A test may correct it before anything is watched.
	Spec *openapi3.T

	// prefix begins every path: some vendors keep the version in the server's address.
	prefix string

	mu sync.Mutex
	// offered are the operations that a server has, tried the statuses that each one has answered.
	offered map[string]bool
	tried   map[string]map[int]bool
}

// Open reads a file of the folder that [Folder] names, and skips the test where there is none.
func Open(tb testing.TB, file string) *Document {
	tb.Helper()
	folder := os.Getenv(Folder)
	if folder == "" {
		tb.Skip(Folder + " is not set")
	}
	spec, err := openapi3.NewLoader().LoadFromFile(filepath.Join(folder, file))
	if err != nil {
		tb.Fatal(err)
	}
	return newDocument(spec)
}

func newDocument(spec *openapi3.T) *Document {
	d := &Document{Spec: spec, offered: map[string]bool{}, tried: map[string]map[int]bool{}}
	if len(spec.Servers) > 0 {
		_, address, _ := strings.Cut(spec.Servers[0].URL, "://")
		if slash := strings.Index(address, "/"); slash >= 0 {
			d.prefix = strings.TrimSuffix(address[slash:], "/")
		}
	}
	return d
}

// Offer notes that a server has a route; what its placeholders are called does not matter.
func (d *Document) Offer(method, path string) error {
	placeholder := regexp.MustCompile(`\{[^}]*\}`)
	bare := func(path string) string { return placeholder.ReplaceAllString(path, "{}") }
	for template, item := range d.Spec.Paths.Map() {
		if bare(d.prefix+template) == bare(path) && item.GetOperation(method) != nil {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.offered[method+" "+template] = true
			return nil
		}
	}
	return fmt.Errorf("the contract has no operation %s %s", method, path)
}

// Answered reports whether an operation has answered with a status.
func (d *Document) Answered(operation string, status int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tried[operation][status]
}

func (d *Document) answered(operation string, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.tried[operation] == nil {
		d.tried[operation] = map[int]bool{}
	}
	d.tried[operation][status] = true
}

// Account draws the balance: each operation either has succeeded, or is named as unused with a reason and has been neither offered
// nor tried.
func (d *Document) Account(unused Unused) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var problems []error
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	operations := d.operations()
	for _, operation := range operations {
		reason, named := unused[operation]
		statuses := slices.Sorted(maps.Keys(d.tried[operation]))
		used := d.offered[operation] || len(statuses) > 0
		switch {
		case named && used:
			wrong("%s is used, and named as unused (%s)", operation, reason)
		case named && strings.TrimSpace(reason) == "":
			wrong("%s is named as unused without a reason", operation)
		case !named && !used:
			wrong("%s is neither used nor named as unused", operation)
		case !named && !slices.ContainsFunc(statuses, succeeded):
			wrong("%s has not succeeded: it answered %v", operation, statuses)
		}
	}
	for _, operation := range slices.Sorted(maps.Keys(unused)) {
		if !slices.Contains(operations, operation) {
			wrong("%s is named as unused, and the contract has no such operation", operation)
		}
	}
	return errors.Join(problems...)
}

func (d *Document) operations() []string {
	var all []string
	for template, item := range d.Spec.Paths.Map() {
		for method := range item.Operations() {
			all = append(all, method+" "+template)
		}
	}
	slices.Sort(all)
	return all
}

func succeeded(status int) bool { return status >= 200 && status <= 299 }

// route finds the operation of a request; a path without a placeholder goes first.
func (d *Document) route(r *http.Request) (found *routers.Route, parameters map[string]string) {
	path, below := strings.CutPrefix(r.URL.EscapedPath(), d.prefix)
	if !below {
		return nil, nil
	}
	segments := strings.Split(path, "/")
	for template, item := range d.Spec.Paths.Map() {
		values, fits := fit(strings.Split(template, "/"), segments)
		operation := item.GetOperation(r.Method)
		if fits && operation != nil && (found == nil || len(values) < len(parameters)) {
			found = &routers.Route{Spec: d.Spec, Path: template, PathItem: item, Method: r.Method, Operation: operation}
			parameters = values
		}
	}
	return found, parameters
}

// fit matches the segments of a path with those of a template.
func fit(names, segments []string) (values map[string]string, fits bool) {
	if len(names) != len(segments) {
		return nil, false
	}
	values = map[string]string{}
	for i, name := range names {
		if inner, isName := strings.CutPrefix(name, "{"); isName {
			value, err := url.PathUnescape(segments[i])
			if err != nil || value == "" {
				return nil, false
			}
			values[strings.TrimSuffix(inner, "}")] = value
		} else if name != segments[i] {
			return nil, false
		}
	}
	return values, true
}
