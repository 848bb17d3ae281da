package magpie

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/magpie/api"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// account is one account's tokens: where they are changed and deleted. The answers to these calls say nothing that could be
// believed, so the list is read back.
type account struct {
	client *api.Client
	name   api.Account
}

// find returns a token that is to be changed. A young one that a list lacks is looked for again; its answer tells the time by which
// that is decided.
func (a account) find(ctx context.Context, id string, isYoung func() bool) (*api.AccessToken, error) {
	all, err := a.client.List(ctx, a.name)
	token := byID(all, id)
	if err == nil && token == nil && isYoung() {
		err = a.look(ctx, func(all []api.AccessToken) bool { token = byID(all, id); return token != nil })
	}
	switch {
	case err != nil && !isGone(err):
		return nil, err
	case token != nil:
		return token, nil
	case err == nil && isYoung():
		return nil, lifecycle.NotShownYet(id)
	}
	return nil, deletedOutside(id)
}

// update gives a token the description and the switch that a plan asks for, and returns the token as the list shows it afterwards.
// What a list leaves out is taken from prior, which also is what the server was asked for where it normalized that.
func (a account) update(ctx context.Context, token api.AccessToken, prior, plan settings, normalized bool) (api.AccessToken, error) {
	token.Description = shownText(token)
	text, off := prior.Description.ValueString(), prior.Disabled.ValueBool()
	if token.Description != nil {
		text = *token.Description
	}
	if token.Disabled != nil {
		off = *token.Disabled
	}
	wantsText := !plan.Description.IsUnknown() && plan.Description.ValueString() != text &&
		!(normalized && plan.Description.ValueString() == prior.Description.ValueString())
	wantsSwitch := !plan.Disabled.IsNull() && !plan.Disabled.IsUnknown() && plan.Disabled.ValueBool() != off
	if !wantsText && !wantsSwitch {
		return token, nil
	}
	var sent error
	if wantsText {
		if err := a.client.SetDescription(ctx, token.ID, plan.Description.ValueString()); err != nil {
			sent = fmt.Errorf("the description could not be set: %w", err)
		}
	}
	if wantsSwitch && (sent == nil || rest.MayHaveExecuted(sent)) {
		if err := a.client.SetDisabled(ctx, token.ID, plan.Disabled.ValueBool()); err != nil {
			sent = fmt.Errorf("the token could not be %s: %w", switched(plan.Disabled.ValueBool()), err)
		}
	}
	if sent != nil && !rest.MayHaveExecuted(sent) {
		return token, sent
	}
	now, err := a.readBack(ctx, token.ID, func(now api.AccessToken) bool {
		return !(wantsText && now.Description != nil && *now.Description == text) &&
			!(wantsSwitch && now.Disabled != nil && *now.Disabled == off)
	})
	if sent != nil && (err != nil || !shows(*now, plan, wantsText, wantsSwitch)) {
		return token, sent
	}
	if err != nil {
		return token, err
	}
	if wantsSwitch && now.Disabled != nil && *now.Disabled == off {
		return *now, fmt.Errorf("the token %s should now be %s, as Magpie has confirmed, but the list shows that it is not. Apply again", token.ID, switched(plan.Disabled.ValueBool()))
	}
	return *now, nil
}

// shows reports whether a list proves that a change was made whose answer was an error.
func shows(token api.AccessToken, plan settings, text, flag bool) bool {
	return !(text && (token.Description == nil || *token.Description != plan.Description.ValueString())) &&
		!(flag && (token.Disabled == nil || *token.Disabled != plan.Disabled.ValueBool()))
}

// readBack lists until a token has changed, or for as long as a list may lag.
func (a account) readBack(ctx context.Context, id string, hasChanged func(api.AccessToken) bool) (*api.AccessToken, error) {
	var now *api.AccessToken
	for _, delay := range rest.LookDelays() {
		if err := a.client.Sleep(ctx, delay); err != nil {
			return nil, err
		}
		all, err := a.client.Refresh(ctx, a.name)
		if err != nil {
			return nil, fmt.Errorf("the change was sent, but the list that would confirm it could not be read: %w", err)
		}
		if now = byID(all, id); now == nil {
			continue
		}
		if now.Description = shownText(*now); hasChanged(*now) {
			return now, nil
		}
	}
	if now == nil {
		return nil, deletedOutside(id)
	}
	return now, nil
}

func deletedOutside(id string) error {
	return fmt.Errorf("the account no longer has the token %s: it was deleted outside Terraform. Plan again", id)
}

func switched(disabled bool) string {
	if disabled {
		return "disabled"
	}
	return "enabled"
}

// remove deletes a token and believes the list, not the answer: an unknown id may be answered with any status, and a deletion
// that was answered with an error may have happened.
func (a account) remove(ctx context.Context, id string) error {
	sent := a.client.Delete(ctx, id)
	for _, delay := range rest.LookDelays() {
		if err := a.client.Sleep(ctx, delay); err != nil {
			return err
		}
		all, err := a.client.Refresh(ctx, a.name)
		if isGone(err) {
			return nil
		}
		if err != nil && sent != nil && !rest.MayHaveExecuted(sent) {
			return fmt.Errorf("the token %s could not be deleted: %w", id, sent)
		}
		if err != nil {
			return fmt.Errorf("the deletion of the token %s was sent, but the list that would confirm it could not be read: %w", id, err)
		}
		if byID(all, id) == nil {
			a.client.Drop(a.name, id)
			return nil
		}
		if sent != nil && !rest.MayHaveExecuted(sent) {
			break
		}
	}
	if sent != nil {
		return fmt.Errorf("the token %s is still on the account: %w", id, sent)
	}
	return fmt.Errorf("the deletion of the token %s was confirmed by Magpie, but the list still shows it, so it may still work. Apply again, or delete it in Magpie", id)
}

// isGone reports whether the whole account is gone, and its tokens with it.
func isGone(err error) bool { return errors.Is(err, api.ErrNoAccount) }

// adviceFor says what to do about an account that does not exist.
func adviceFor(err error) []string {
	if isGone(err) {
		return []string{adviceUserName}
	}
	return nil
}

func byID(all []api.AccessToken, id string) *api.AccessToken {
	if at := slices.IndexFunc(all, func(t api.AccessToken) bool { return t.ID == id }); at >= 0 {
		return &all[at]
	}
	return nil
}
