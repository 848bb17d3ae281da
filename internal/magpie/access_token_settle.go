package magpie

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// settle gives a token the description and the switch that a plan asks for, and returns the token as the list shows it
// afterwards: the answers to these calls say nothing that could be believed. What a list leaves out is taken from prior.
func settle(ctx context.Context, client *api.Client, account api.Account, token api.AccessToken, prior, plan accessTokenModel) (*api.AccessToken, diag.Diagnostics, error) {
	var diags diag.Diagnostics
	token.Description = shownText(token)
	text, off := prior.Description.ValueString(), prior.Disabled.ValueBool()
	if token.Description != nil {
		text = *token.Description
	}
	if token.Disabled != nil {
		off = *token.Disabled
	}
	wantsText := !plan.Description.IsUnknown() && plan.Description.ValueString() != text
	wantsSwitch := !plan.Disabled.IsNull() && !plan.Disabled.IsUnknown() && plan.Disabled.ValueBool() != off
	if !wantsText && !wantsSwitch {
		return &token, diags, nil
	}
	var sent error
	if wantsText {
		if err := client.SetDescription(ctx, token.ID, plan.Description.ValueString()); err != nil {
			sent = fmt.Errorf("the description could not be set: %w", err)
		}
	}
	if wantsSwitch && (sent == nil || rest.MayHaveExecuted(sent)) {
		if err := client.SetDisabled(ctx, token.ID, plan.Disabled.ValueBool()); err != nil {
			sent = fmt.Errorf("the token could not be %s: %w", switched(plan.Disabled.ValueBool()), err)
		}
	}
	if sent != nil && !rest.MayHaveExecuted(sent) {
		return &token, diags, sent
	}
	now, err := readBack(ctx, client, account, token.ID, func(now api.AccessToken) bool {
		return !(wantsText && now.Description != nil && *now.Description == text) &&
			!(wantsSwitch && now.Disabled != nil && *now.Disabled == off)
	})
	if sent != nil && (err != nil || !shows(*now, plan, wantsText, wantsSwitch)) {
		return &token, diags, sent
	}
	if err != nil {
		return &token, diags, err
	}
	if wantsText && now.Description != nil && *now.Description != plan.Description.ValueString() {
		diags.AddAttributeWarning(path.Root("description"), "Magpie keeps another description",
			fmt.Sprintf("Magpie was given a description of %d bytes for the token %s and shows one of %d bytes: it may trim or shorten the text, or not be able to clear it. Plans will show the difference until the configuration has what Magpie keeps.",
				len(plan.Description.ValueString()), token.ID, len(*now.Description)))
	}
	if wantsSwitch && now.Disabled != nil && *now.Disabled == off {
		return now, diags, fmt.Errorf("the token %s should be %s now, and the request was answered with success, but the list shows that it is not. Apply again", token.ID, switched(plan.Disabled.ValueBool()))
	}
	return now, diags, nil
}

// shows reports whether a list proves that a change took whose answer was an error.
func shows(token api.AccessToken, plan accessTokenModel, text, flag bool) bool {
	return !(text && (token.Description == nil || *token.Description != plan.Description.ValueString())) &&
		!(flag && (token.Disabled == nil || *token.Disabled != plan.Disabled.ValueBool()))
}

// readBack lists until a token has changed, or for as long as a list may lag behind.
func readBack(ctx context.Context, client *api.Client, account api.Account, id string, hasChanged func(api.AccessToken) bool) (*api.AccessToken, error) {
	var now *api.AccessToken
	for _, delay := range lookDelays() {
		if err := pause(ctx, delay); err != nil {
			return nil, err
		}
		all, err := client.ListAnew(ctx, account)
		if err != nil {
			return nil, fmt.Errorf("the change was sent, but whether it took could not be read back: %w", err)
		}
		if now = byID(all, id); now == nil {
			continue
		}
		if now.Description = shownText(*now); hasChanged(*now) {
			return now, nil
		}
	}
	if now == nil {
		return nil, fmt.Errorf("the change was sent, but the token %s is not on the account any more: it was deleted outside Terraform. Plan again", id)
	}
	return now, nil
}

func switched(disabled bool) string {
	if disabled {
		return "disabled"
	}
	return "enabled"
}

// remove deletes a token and believes the list, not the answer: an unknown id may be answered with any status, and a deletion
// that was answered with an error may have happened.
func remove(ctx context.Context, client *api.Client, account api.Account, id string) error {
	sent := client.Delete(ctx, id)
	for _, delay := range lookDelays() {
		if err := pause(ctx, delay); err != nil {
			return err
		}
		all, err := client.ListAnew(ctx, account)
		if isGone(err) {
			return nil
		}
		if err != nil && sent != nil && !rest.MayHaveExecuted(sent) {
			return fmt.Errorf("the token %s could not be deleted: %w", id, sent)
		}
		if err != nil {
			return fmt.Errorf("whether the token %s was deleted could not be read back: %w", id, err)
		}
		if byID(all, id) == nil {
			client.Drop(account, id)
			return nil
		}
		if sent != nil && !rest.MayHaveExecuted(sent) {
			break
		}
	}
	if sent != nil {
		return fmt.Errorf("the token %s is still on the account: %w", id, sent)
	}
	return fmt.Errorf("the deletion of the token %s was answered with success, but the list still shows it, so it may still work. Apply again, or delete it in Magpie", id)
}

// isGone reports whether the whole account is gone, and its tokens with it.
func isGone(err error) bool { return errors.Is(err, api.ErrNoAccount) }

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
