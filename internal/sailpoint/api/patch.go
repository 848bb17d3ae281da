package api

import (
	"context"
	"encoding/json"
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
		ops = append(ops, replace("/expirationDate", Timestamp(*c.Expiry.At)))
	default:
		// Both in one request, or the server refuses.
		ops = append(ops, clearing, replace("/userAwareTokenNeverExpires", true))
	}
	return ops
}

// Patch changes a token and returns it as it is then.
//
// The vendor's text for this operation takes an expiration date away by replacing it with null, its schema forbids null, and
// its bulk update does the same with remove. So the first is tried and, if it is refused as a bad request, the other.
func (c *Client) Patch(ctx context.Context, id string, changes Changes) (*PersonalAccessToken, error) {
	token, err := c.patch(ctx, id, changes.operations(replace("/expirationDate", nil)))
	if rest.IsBadRequest(err) && changes.Expiry != nil && changes.Expiry.At == nil {
		return c.patch(ctx, id, changes.operations(operation{Op: "remove", Path: "/expirationDate"}))
	}
	return token, err
}

func (c *Client) patch(ctx context.Context, id string, ops []operation) (*PersonalAccessToken, error) {
	body, err := json.Marshal(ops)
	if err != nil {
		return nil, err
	}
	call := &rest.Call{
		Method: http.MethodPatch, Route: c.version.item(), Params: map[string]string{"id": id}, Body: body,
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
	c.wrote("", func(all []PersonalAccessToken) []PersonalAccessToken {
		for i := range all {
			if all[i].ID == id {
				all[i] = token
			}
		}
		return all
	})
	return &token, nil
}
