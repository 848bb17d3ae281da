package magpie

import (
	"context"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// Tokens have no names, so the description of a token is where this provider writes what it has to know again: a mark. The two kinds of
// marks have nothing in common but who sets them.
const (
	// markPrefix is how the description of a token begins whose rotation is under way.
	markPrefix = "terraform-provider-mint: rotation of "
	// lentPrefix is how that of an ephemeral token begins. What follows is until when it is lent, to the second and in UTC.
	lentPrefix = "terraform-provider-mint: ephemeral until "
)

// markOf is the description of a new token until the rotation of another one that minted it is done. Should the rotation be
// interrupted, the next one of the same token knows its orphan by this text.
func markOf(id string) string { return markPrefix + id + " under way" }

func isMark(text string) bool { return strings.HasPrefix(text, markPrefix) }

// lentMark is the description of an ephemeral token: the organization alone decides when it expires, so that nothing else tells when
// the run that it was minted for must be over.
func lentMark(until time.Time) string {
	return lentPrefix + until.UTC().Truncate(time.Second).Format(time.RFC3339)
}

// lentUntil reads the mark of an ephemeral token; nil for every other text. Tokens are deleted for it, so it is taken to the letter.
func lentUntil(text string) *time.Time {
	until, err := time.Parse(time.RFC3339, strings.TrimPrefix(text, lentPrefix))
	if err != nil || lentMark(until) != text {
		return nil
	}
	return &until
}

// LentUntil implements [lifecycle.Lender].
func (accessTokenKind[P]) LentUntil(token api.AccessToken) *time.Time {
	if token.Description == nil {
		return nil
	}
	return lentUntil(*token.Description)
}

// isMarked reports whether a list shows a mark of either kind: some run very likely is at work with the token, or was interrupted.
func isMarked(token api.AccessToken) bool {
	return token.Description != nil && (isMark(*token.Description) || lentUntil(*token.Description) != nil)
}

// shownText is the description that a list shows, nil if it shows none. The mark of a rotation that could not be cleared is nobody's
// description. That of an ephemeral token stays visible: as long as it is there, the token is deleted when its time is over, so
// whoever imports it has to replace it.
func shownText(token api.AccessToken) *string {
	if token.Description != nil && isMark(*token.Description) {
		return new(string)
	}
	return token.Description
}

// noLentMark refuses a description for which a token would be deleted.
type noLentMark struct{}

var _ validator.String = noLentMark{}

func (noLentMark) Description(context.Context) string {
	return "must not be the mark of an ephemeral token"
}

func (v noLentMark) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v noLentMark) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if until := lentUntil(req.ConfigValue.ValueString()); until != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid description",
			"Attribute "+req.Path.String()+" "+v.Description(ctx)+": an ephemeral resource that is opened after "+rotation.Format(*until)+" would delete the token for it. Choose another description, or remove it.")
	}
}
