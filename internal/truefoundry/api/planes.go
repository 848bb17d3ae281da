package api

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/rest"
)

// Control planes of different ages take different requests for virtual accounts, and none tells its age. So the newer form is sent
// first, and the older one after a refusal of the body, which has done nothing. What a plane has taken is remembered for the run.

// graceUnit is a unit in which grace periods are sent.
type graceUnit struct {
	name, key string
	one       time.Duration
}

// in returns how many of the unit cover a period.
func (u graceUnit) in(period time.Duration) int64 { return int64((period + u.one - 1) / u.one) }

// pattern matches the unit's key, however a refusal spells it.
func (u graceUnit) pattern() string { return `grace.?period.?in.?` + u.name }

// planes is what a client has learned of its control plane. Its zero value knows nothing.
type planes struct {
	mu sync.Mutex
	// daysFirst is set where days are to be sent first, and unitKnown where the plane has accepted the unit that is sent first.
	daysFirst, unitKnown bool
	// rejected is the unit that the plane has refused or ignored.
	rejected string
	// stores are the forms of a secret store that are to be tried; nil is all.
	stores []storeForm
	// existsNotTold is set where the plane does not have the route.
	existsNotTold bool
}

// allUnits are those of newer planes and of older ones. They are never sent together.
func allUnits() []graceUnit {
	return []graceUnit{{Minutes, "gracePeriodInMinutes", time.Minute}, {Days, "gracePeriodInDays", 24 * time.Hour}}
}

// graceUnits are the units in the order in which they are to be tried.
func (p *planes) graceUnits() []graceUnit {
	p.mu.Lock()
	defer p.mu.Unlock()
	units := allUnits()
	if p.daysFirst {
		slices.Reverse(units)
	}
	if p.unitKnown {
		return units[:1]
	}
	return units
}

// noteUnit notes a unit that is to be sent first; isKnown, that it is the plane's.
func (p *planes) noteUnit(u graceUnit, isKnown bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.daysFirst, p.unitKnown = u.one > time.Minute, isKnown
}

// hasRejectedOther reports whether the plane has rejected the unit beside this one.
func (p *planes) hasRejectedOther(u graceUnit) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rejected != "" && p.rejected != u.name
}

func (p *planes) noteRejected(u graceUnit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rejected = u.name
}

// Regenerated is the new token of an account.
type Regenerated struct {
	Token rest.Secret
	// Grace is the grace period that was asked for, in whole units of the plane, also where the answer was lost. [Client.NotKept] tells
	// that it was not granted.
	Grace time.Duration
	// IsUnitProven is set where the plane has rejected the other unit, so that it cannot have ignored this one.
	IsUnitProven bool
	unit         graceUnit
}

// RegenerateVirtualAccountToken gives an account a new token; the previous one lives on for a grace period of up to 365 days, which is
// rounded up to whole minutes, or whole days where the plane takes only those.
func (c *Client) RegenerateVirtualAccountToken(ctx context.Context, id string, grace time.Duration) (Regenerated, error) {
	units := c.planes.graceUnits()
	made, err := c.regenerate(ctx, id, units[0], grace)
	if len(units) == 1 || !isUnitRefused(err, units[0]) {
		return made, err
	}
	made, again := c.regenerate(ctx, id, units[1], grace)
	if again == nil {
		c.planes.noteRejected(units[0])
		made.IsUnitProven = true
	}
	if isUnitRefused(again, units[1]) && graceWords().MatchString(messageOf(again)) {
		// The plane does not take this unit, so that the first refusal was about something else.
		return made, err
	}
	return made, again
}

// The units of grace periods, as [Client.NotKept] tells them and [Client.TryUnit] takes them.
const (
	Minutes = "minutes"
	Days    = "days"
)

// NotKept notes that the control plane ended a previous token at once although it was asked to keep it: it may take the other unit,
// and ignore what it does not know. The next regeneration begins with that one, which is returned.
func (c *Client) NotKept(made Regenerated) string {
	for _, unit := range allUnits() {
		if made.unit.name != "" && unit != made.unit {
			c.planes.noteUnit(unit, false)
			c.planes.noteRejected(made.unit)
			return unit.name
		}
	}
	return ""
}

// TryUnit begins the next regeneration with a unit, unless the control plane has rejected it.
func (c *Client) TryUnit(name string) {
	c.planes.mu.Lock()
	defer c.planes.mu.Unlock()
	if name == Days && c.planes.rejected != Days && !c.planes.daysFirst {
		// That the plane has accepted minutes in this run does not say that it has kept a token for them.
		c.planes.daysFirst, c.planes.unitKnown = true, false
	}
}

func (c *Client) regenerate(ctx context.Context, id string, unit graceUnit, grace time.Duration) (Regenerated, error) {
	call := &rest.Call{Method: http.MethodPost, Route: regenerateRoute, Params: map[string]string{"id": id}, Effect: rest.Mints}
	count := unit.in(grace)
	made := Regenerated{Grace: time.Duration(count) * unit.one, IsUnitProven: c.planes.hasRejectedOther(unit), unit: unit}
	answer, err := c.send(ctx, call, map[string]int64{unit.key: count})
	if err != nil {
		return made, err
	}
	c.planes.noteUnit(unit, true)
	made.Token, err = c.readToken(call, answer)
	return made, err
}

// storeForm is a form of the secret store in a manifest.
type storeForm int

const (
	// typedStore has a type, which newer planes require; untypedStore has none, because older ones have only one kind.
	typedStore storeForm = iota
	untypedStore
)

// storeForms are the manifests to try, one for each form of the secret store that the plane may take.
func (p *planes) storeForms(manifest Manifest) map[storeForm]Manifest {
	store := map[string]json.RawMessage{}
	_ = json.Unmarshal(manifest[KeySecretStoreConfig], &store)
	if len(store) == 0 || store[KeyType] != nil {
		return map[storeForm]Manifest{typedStore: manifest}
	}
	typed := maps.Clone(manifest)
	_, isGroup := store["secret_group"]
	store[KeyType] = quote("secret-store")
	if isGroup {
		store[KeyType] = quote("tfy-secrets")
	}
	// Strings as they were read can be written again.
	typed[KeySecretStoreConfig], _ = json.Marshal(store)
	forms := map[storeForm]Manifest{typedStore: typed}
	if isGroup {
		return forms
	}
	forms[untypedStore] = manifest
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(forms, func(form storeForm, _ Manifest) bool { return p.stores != nil && !slices.Contains(p.stores, form) })
	return forms
}

func (p *planes) noteStore(form storeForm) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stores = []storeForm{form}
}

// putManifest puts a manifest in the form that the plane takes.
func (c *Client) putManifest(ctx context.Context, call *rest.Call, manifest Manifest) (*rest.Answer, error) {
	forms := c.planes.storeForms(manifest)
	var refused error
	for _, form := range slices.Sorted(maps.Keys(forms)) {
		answer, err := c.send(ctx, call, map[string]any{"manifest": forms[form]})
		switch {
		case err == nil && len(forms) > 1:
			c.planes.noteStore(form)
			return answer, nil
		case !isBodyRefused(err, storeWords()):
			return answer, err
		case refused == nil || storeWords().MatchString(messageOf(refused)):
			refused = err
		}
	}
	return nil, refused
}

// VirtualAccountExists reports whether the tenant is known to have an account of a name, also one that the list does not show to the
// caller. Older planes do not tell: they take the word for the id of an account. The answer may be some seconds old.
func (c *Client) VirtualAccountExists(ctx context.Context, name string) (bool, error) {
	answers, err := c.existing.Recent(ctx, name, c.askExistence(name))
	return slices.Contains(answers, true), err
}

// RefreshVirtualAccountExists is [Client.VirtualAccountExists] with a new answer.
func (c *Client) RefreshVirtualAccountExists(ctx context.Context, name string) (bool, error) {
	answers, err := c.existing.Refresh(ctx, name, c.askExistence(name))
	return slices.Contains(answers, true), err
}

// askExistence asks, and answers with one element where the plane tells.
func (c *Client) askExistence(name string) func(context.Context) ([]bool, error) {
	return func(ctx context.Context) ([]bool, error) {
		if c.planes.lacksExists() {
			return nil, nil
		}
		call := &rest.Call{Method: http.MethodGet, Route: existsRoute, Query: url.Values{"name": {name}}}
		answer, err := c.do(ctx, call)
		if IsRefusal(err) {
			c.planes.noteNoExists(rest.IsNotFound(err))
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		var wire struct {
			Exists *bool `json:"exists"`
		}
		if err := c.rest.Decode(call, answer, &wire); err != nil {
			return nil, err
		}
		if wire.Exists == nil {
			return nil, c.rest.Malformed(call, answer, "the answer does not say whether the virtual account exists")
		}
		return []bool{*wire.Exists}, nil
	}
}

func (p *planes) lacksExists() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.existsNotTold
}

func (p *planes) noteNoExists(isMissing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.existsNotTold = p.existsNotTold || isMissing
}

// graceWords and storeWords are how a refusal names the part of a body that has two forms.
func graceWords() *regexp.Regexp { return regexp.MustCompile(`(?i)grace.?period`) }

func storeWords() *regexp.Regexp { return regexp.MustCompile(`(?i)secret.?store`) }

// isBodyRefused reports whether a plane has refused the form of a body, so that nothing was done and another form may be sent: the
// refusal names the part that has two forms, or nothing in particular. One that names something else, above all an identity provider
// mapping, is no matter of the form.
func isBodyRefused(err error, part *regexp.Regexp) bool {
	var e *rest.Error
	if !errors.As(err, &e) || e.Kind != rest.Refused || e.Executed || e.Status != http.StatusBadRequest && e.Status != http.StatusUnprocessableEntity {
		return false
	}
	const unspecific = `(?i)valid|body|require|missing|propert|field|schema|unprocessable|bad.?request`
	return part.MatchString(e.Message) ||
		regexp.MustCompile(unspecific).MatchString(e.Message) && !regexp.MustCompile(`(?i)identity|mapping`).MatchString(e.Message)
}

// isUnitRefused reports whether a plane has refused the unit of a grace period, rather than its length: a plane that finds fault with the
// value that was sent knows its unit. The other one must not follow then: where the plane ignores it, the previous token dies at once.
func isUnitRefused(err error, sent graceUnit) bool {
	if !isBodyRefused(err, graceWords()) {
		return false
	}
	says := func(pattern string) bool { return regexp.MustCompile(`(?i)` + pattern).MatchString(messageOf(err)) }
	const (
		bound = `greater|larger|smaller|(less|longer).than|at.(most|least)|exceed|maximum|minimum|between|\brange|too.(long|big|large|high|small|low)|[<>]`
		alien = `not.(exist|allowed|permitted|expected|recogni|supported|known)|unknown|unexpected|unrecogni|unsupported|additional|extra|forbidden`
	)
	for _, unit := range allUnits() {
		if unit != sent && says(unit.pattern()) {
			return true
		}
	}
	return !says(bound) && (says(alien) || !says(sent.pattern()))
}

func messageOf(err error) string {
	var e *rest.Error
	if errors.As(err, &e) {
		return e.Message
	}
	return ""
}
