// Package system is what a system folder (SailPoint, and those to come) hands to the provider, and what it gets for free:
// bases for its objects, the settings that all share, and the one place where an API error becomes a diagnostic.
package system

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// System is one vendor's system, as the provider sees it. Its folder exports nothing else.
type System struct {
	// Name is the attribute of the provider block and the prefix of every object's name.
	Name string
	// Title is the vendor's name for it, as messages show it.
	Title string
	// Variables are the environment variables that complete the block: the base URL's first, then the credentials'.
	Variables []string
	// Block is the system's part of the provider block.
	Block schema.SingleNestedAttribute
	// Connect turns the block into a client. It makes no request.
	Connect func(ctx context.Context, block types.Object, settings Settings) Connection

	Resources   []func() resource.Resource
	DataSources []func() datasource.DataSource
}

// Connection is a system's client, or the reason why there is none.
type Connection struct {
	// Client is the system's own client type.
	Client any
	// Missing says what to set when the system is not configured. It becomes an error only when an object needs the
	// client.
	Missing diag.Diagnostic
	// Unknown is set when an argument is not known yet.
	Unknown bool
	// Invalid holds the faults of a block that is configured wrongly; they fail the provider's configuration.
	Invalid diag.Diagnostics
}

// ProviderData is what the provider hands to its objects: every system's connection by name.
type ProviderData map[string]*Link

// Link is one system's connection for one run, with a memory of what has been reported.
type Link struct {
	Connection
	// System names it.
	System System
	// ExpiryWarning is the provider's expiry_warning; 0 warns of nothing.
	ExpiryWarning time.Duration

	mu       sync.Mutex
	claimed  map[error]bool
	reported map[error]bool
	notices  map[string]bool
}

// NewLink wraps a connection.
func NewLink(system System, connection Connection, expiryWarning time.Duration) *Link {
	return &Link{Connection: connection, System: system, ExpiryWarning: expiryWarning, claimed: map[error]bool{}, reported: map[error]bool{}, notices: map[string]bool{}}
}

// firstReport reports whether an error has not been shown in this run yet, and notes that it has.
func (l *Link) firstReport(err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reported[err] {
		return false
	}
	l.reported[err] = true
	return true
}

// claim reports whether the caller is the one to show an error.
func (l *Link) claim(err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.claimed[err] || l.reported[err] {
		return false
	}
	l.claimed[err] = true
	return true
}

// FirstNotice reports whether a notice is due for the first time in this run.
func (l *Link) FirstNotice(notice string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.notices[notice] {
		return false
	}
	l.notices[notice] = true
	return true
}
