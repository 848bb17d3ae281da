package system

import (
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// Connection is one system's client for one run, or the reason why there is none, with a memory of what has been reported.
type Connection struct {
	// System names it.
	System System
	// ExpiryWarning is the provider's expiry_warning; 0 warns of nothing.
	ExpiryWarning time.Duration
	// Guardrails are the provider's policy.
	Guardrails rotation.Guardrails
	// LocalNow is the clock of this machine, by which Terraform goes.
	LocalNow func() time.Time

	client any
	// problem is why there is no client. It becomes an error only when an object needs one.
	problem diag.Diagnostic
	// unknown is set where the problem is that something is not known yet.
	unknown bool
	// isUsed is set where the block or the environment mentions the system.
	isUsed bool

	mu sync.Mutex
	memory
}

// NewConnection makes a system's client from its block of the provider configuration. It sends nothing.
func NewConnection(s System, block types.Object, settings Settings) *Connection {
	c := &Connection{
		System: s, ExpiryWarning: settings.ExpiryWarning, Guardrails: settings.Guardrails, LocalNow: settings.Now,
		isUsed: s.isUsed(block, settings.Getenv),
		memory: newMemory(),
	}
	switch {
	case settings.Unknown:
		c.unknown, c.problem = true, notKnown(s, "http")
		return c
	case IsUnknown(block):
		c.unknown, c.problem = true, notKnown(s, s.Name)
		return c
	}
	texts, problem := s.read(block, settings.Getenv)
	if problem != nil {
		c.problem = problem
		return c
	}
	// It has been checked.
	base, _ := ParseBaseURL(texts[baseURLName])
	c.client = s.Connect(Values{texts: texts, HTTP: rest.Options{
		System: s.Name, Title: s.Title, BaseURL: base,
		Transport: settings.Transport, Timeout: settings.Timeout, MaxRetries: settings.MaxRetries,
		UserAgent: settings.UserAgent(), Now: settings.Now, Sleep: settings.Sleep, Redactor: settings.Redactor,
	}})
	return c
}

// IsUnknown reports whether a block of the provider configuration, or anything in it, is not known yet.
func IsUnknown(object types.Object) bool {
	unknown := object.IsUnknown()
	for _, value := range object.Attributes() {
		unknown = unknown || value.IsUnknown()
	}
	return unknown
}

func notKnown(s System, block string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("The provider's "+block+" block is not known yet",
		"An object of "+s.Title+" has to be read now, but an argument of the provider's \""+block+"\" block depends on something that has not been created yet. "+
			"Create that first (terraform apply -target), or give the provider a value that is known when planning.")
}

// complain is what an object says that has no client.
func (c *Connection) complain(phase Phase) diag.Diagnostics {
	c.mu.Lock()
	defer c.mu.Unlock()
	repeats := c.complained && (phase == Looking || phase == Applying)
	quiet := c.failed && phase != Applying
	c.complained, c.failed = true, c.failed || phase != Looking
	switch {
	case quiet:
		return nil
	case repeats:
		return diag.Diagnostics{diag.NewErrorDiagnostic(c.problem.Summary(), "The reason is the same as in the other message about "+c.System.Title+".")}
	}
	return diag.Diagnostics{c.problem}
}

// firstReport reports whether an error has not been shown in this run yet, and notes that it has.
func (c *Connection) firstReport(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reported[err] {
		return false
	}
	c.reported[err] = true
	return true
}

// claim reports whether the caller is the one to show an error.
func (c *Connection) claim(err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.claimed[err] || c.reported[err] {
		return false
	}
	c.claimed[err] = true
	return true
}

// FirstNotice reports whether a notice is due for the first time in this run.
func (c *Connection) FirstNotice(notice string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.notices[notice] {
		return false
	}
	c.notices[notice] = true
	return true
}
