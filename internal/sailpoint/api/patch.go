package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// Changes is what a patch sets. Nil fields stay as they are.
type Changes struct {
	Name  *string
	Scope []string
	// Expiry is patched by the newer contract only.
	Expiry *Expiry
}

// Expiry is an end, or none at all.
type Expiry struct {
	// At is nil for a token that never expires; the acknowledgement goes with it.
	At *time.Time
}

// Empty reports whether there is nothing to change.
func (c Changes) Empty() bool { return c.Name == nil && c.Scope == nil && c.Expiry == nil }

const expirationDate = "/expirationDate"

// operation is one step of JSON Patch (RFC 6902).
type operation struct {
	Op    string           `json:"op"`
	Path  string           `json:"path"`
	Value *json.RawMessage `json:"value,omitempty"`
}

func replace(path string, value any) operation {
	raw, _ := json.Marshal(value)
	message := json.RawMessage(raw)
	return operation{Op: "replace", Path: path, Value: &message}
}

// operations writes the changes down; clearing is how an expiration date is taken away.
func (c Changes) operations(clearing operation) []operation {
	var ops []operation
	if c.Name != nil {
		ops = append(ops, replace("/name", *c.Name))
	}
	if c.Scope != nil {
		ops = append(ops, replace("/scope", c.Scope))
	}
	switch {
	case c.Expiry == nil:
	case c.Expiry.At != nil:
		ops = append(ops, replace(expirationDate, Timestamp(*c.Expiry.At)))
	default:
		// Both in one request, or the server refuses.
		ops = append(ops, clearing, replace("/userAwareTokenNeverExpires", true))
	}
	return ops
}

// Patch changes a token and returns it as it is then.
func (c *Client) Patch(ctx context.Context, id string, changes Changes) (*PersonalAccessToken, error) {
	return sendChanges(c, changes, func(ops []operation) (*PersonalAccessToken, error) { return c.patch(ctx, id, ops) })
}

// sendChanges sends changes in the form that the tenant takes.
//
// How an expiration date is cleared is documented twice: the vendor's schema of a patch forbids a null value, and its text for this operation
// replaces the date with null. So the form that the schema allows goes first and, if it is refused as a bad request, the other.
func sendChanges[T any](c *Client, changes Changes, send func([]operation) (T, error)) (T, error) {
	if changes.Expiry == nil || changes.Expiry.At != nil {
		return send(changes.operations(operation{}))
	}
	if known := c.clearing.Load(); known != nil {
		return send(changes.operations(*known))
	}
	// The form that the tenant takes is remembered for this run.
	try := func(clearing operation) (T, error) {
		sent, err := send(changes.operations(clearing))
		if err == nil {
			c.clearing.Store(&clearing)
		}
		return sent, err
	}
	sent, err := try(operation{Op: "remove", Path: expirationDate})
	if !rest.IsBadRequest(err) {
		return sent, err
	}
	sent, second := try(replace(expirationDate, nil))
	var refused *rest.Error
	if rest.IsBadRequest(second) && errors.As(second, &refused) {
		// What was wrong may have nothing to do with the form, and then either message may be the one that says it.
		return sent, fmt.Errorf("the expiration date could be cleared neither by removing it nor by replacing it with null, to which the answer was \"%s\": %w", refused.Message, err)
	}
	return sent, second
}

func (c *Client) patch(ctx context.Context, id string, ops []operation) (*PersonalAccessToken, error) {
	body, err := json.Marshal(ops)
	if err != nil {
		return nil, err
	}
	call := &rest.Call{
		Method: http.MethodPatch, Route: c.config.Version.item(), Params: map[string]string{"id": id}, Body: body,
		ContentType: "application/json-patch+json", Effect: rest.Sets,
	}
	answer, err := c.rest.Do(ctx, call)
	if err != nil {
		c.distrust(err)
		return nil, err
	}
	var wire wireToken
	err = c.rest.Decode(call, answer, &wire)
	token, problem := wire.token()
	if err == nil && (wire.ID != id || problem != "") {
		err = c.rest.Malformed(call, answer, "the answer to the patch does not describe the token that was patched")
	}
	if err != nil {
		c.distrust(err)
		return nil, err
	}
	token.Secret = rest.Secret{}
	c.notice(token)
	c.wrote(token)
	return &token, nil
}
