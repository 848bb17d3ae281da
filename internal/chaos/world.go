package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// settled is longer than any list lacks what was made, and than the provider takes that for possible.
const settled = 5 * time.Minute

// token is one that a system stores, whether it has expired or not.
type token struct {
	System, ID, Name, Owner, Secret string
	// Account is the virtual account that it was issued for.
	Account  string
	Expires  *time.Time
	Disabled bool
}

func (k token) expired(now time.Time) bool { return k.Expires != nil && !now.Before(*k.Expires) }

func (k token) String() string {
	return fmt.Sprintf("%s %s %q of %s%s", k.System, k.ID, k.Name, k.Owner, k.Account)
}

// world is the sandbox of one sequence.
type world struct {
	*sandbox.Sandbox
	wire *wire
	// foreign are the tokens of others, by id, as they were made, and those from before.
	foreign map[string]token
	// others are the credentials of other logins, as arguments by system.
	others   map[string]map[string]any
	sequence Sequence
	// bases are the base URLs by system, where they are not those of the sandbox.
	bases      map[string]string
	ctx        context.Context //nolint:containedctx // it is that of the sequence
	identities []age.Identity
	recipients []string
	made       int
	// users are those of Magpie.
	users []string
}

func newWorld(ctx context.Context, s Sequence) (*world, error) {
	sb, err := sandbox.Start(sandbox.Options{SailPoint: s.Switches.SailPoint, Magpie: s.Switches.Magpie, TrueFoundry: s.Switches.TrueFoundry})
	if err != nil {
		return nil, err
	}
	w := &world{Sandbox: sb, foreign: map[string]token{}, others: map[string]map[string]any{}, sequence: s, ctx: ctx}
	if err := w.furnish(); err != nil {
		return nil, errors.Join(err, sb.Close())
	}
	return w, nil
}

// furnish makes the accounts, the other logins and the tokens that are there from the start.
func (w *world) furnish() error {
	var err error
	if w.wire, err = newWire(w.Sandbox, w.lists); err != nil {
		return err
	}
	for range 2 {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		w.identities, w.recipients = append(w.identities, identity), append(w.recipients, identity.Recipient().String())
	}
	w.users = []string{w.Magpie.Bootstrap().UserName, loader}
	for i := range exclusiveAccounts {
		w.users = append(w.users, exclusiveAccount(i))
	}
	for _, name := range w.users[1:] {
		if _, err := w.Magpie.AddUser(magpie.User{Name: name, ServiceAccount: true}); err != nil {
			return err
		}
	}
	if err := w.addLogins(); err != nil {
		return err
	}
	for _, n := range nouns() {
		if n.name == magpieExclusive {
			continue
		}
		if _, err := w.addForeign(n.name); err != nil {
			return err
		}
	}
	for _, k := range w.stored() {
		w.foreign[k.ID] = k
	}
	return nil
}

func (w *world) addLogins() error {
	other, err := w.SailPoint.AddUser(sailpoint.User{Name: "other", Admin: true})
	if err != nil {
		return err
	}
	w.others[sailpoint.Name] = map[string]any{"client_id": other.ClientID, "client_secret": other.ClientSecret}
	admin, err := w.Magpie.AddUser(magpie.User{Name: "other@acme.example", Admin: true})
	if err != nil {
		return err
	}
	w.users = append(w.users, admin.UserName)
	w.others[magpie.Name] = map[string]any{"access_token": nil, "username": admin.UserName, "password": admin.Password}
	if !w.sequence.Password {
		made, err := w.Magpie.AddToken(magpie.Token{User: admin.UserName, Description: "of the other administrator"})
		if err != nil {
			return err
		}
		w.others[magpie.Name] = map[string]any{"access_token": made.Secret}
	}
	user, err := w.TrueFoundry.AddUser(truefoundry.User{Email: "other@acme.example", Admin: true})
	if err != nil {
		return err
	}
	w.others[truefoundry.Name] = map[string]any{"api_key": user.Token}
	return nil
}

// addForeign makes a token as somebody else would, of a type of resource. It never expires.
func (w *world) addForeign(kind string, names ...string) (token, error) {
	w.made++
	name := fmt.Sprintf("theirs-%d", w.made)
	if len(names) > 0 {
		name = names[0]
	}
	id := ""
	switch kind {
	case sailpointPAT:
		made, err := w.SailPoint.AddToken(sailpoint.Token{Name: name})
		if err != nil {
			return token{}, err
		}
		id = made.ID
	case tfyPAT:
		made, err := w.TrueFoundry.AddPersonalAccessToken(truefoundry.PersonalAccessToken{Name: name})
		if err != nil {
			return token{}, err
		}
		id = made.ID
	case tfyAccount:
		made, err := w.TrueFoundry.AddVirtualAccount(truefoundry.VirtualAccount{Manifest: truefoundry.Manifest{"name": name}})
		if err != nil {
			return token{}, err
		}
		id = made.ActiveID
	default:
		owner := map[string]string{magpieService: loader, magpieExclusive: exclusiveAccount(w.made)}[kind]
		made, err := w.Magpie.AddToken(magpie.Token{User: owner, Description: name})
		if err != nil {
			return token{}, err
		}
		id = made.ID
	}
	for _, k := range w.stored() {
		if k.ID == id {
			w.foreign[id] = k
			return k, nil
		}
	}
	return token{}, fmt.Errorf("the token %s of somebody else is not there", id)
}

// stored are all tokens of all systems.
func (w *world) stored() []token {
	var all []token
	for _, k := range w.SailPoint.Tokens() {
		all = append(all, token{System: sailpoint.Name, ID: k.ID, Name: k.Name, Owner: k.Owner, Secret: k.Secret, Expires: k.Expiration})
	}
	for _, user := range w.users {
		for _, k := range w.Magpie.Tokens(user) {
			all = append(all, token{System: magpie.Name, ID: k.ID, Name: k.Description, Owner: k.User, Secret: k.Secret, Expires: k.Expires, Disabled: k.Disabled})
		}
	}
	for _, k := range w.TrueFoundry.PersonalAccessTokens() {
		all = append(all, token{System: truefoundry.Name, ID: k.ID, Name: k.Name, Owner: k.Owner, Secret: k.Token.Secret, Expires: k.Expiration})
	}
	for _, account := range w.TrueFoundry.VirtualAccounts() {
		for _, k := range account.Tokens {
			all = append(all, token{System: truefoundry.Name, ID: k.ID, Name: account.Name(), Account: account.ID, Secret: k.Secret, Expires: k.Expiry})
		}
	}
	return all
}

// lists are what each list would show, by its path.
func (w *world) lists() map[string]string {
	shows := map[string]string{}
	for _, k := range w.stored() {
		path := "/api/svc/v1/personal-access-tokens"
		switch {
		case k.System == sailpoint.Name:
			path = routesOf(sailpoint.Name, w.sequence.APIVersion)[0].Route
		case k.System == magpie.Name && strings.HasSuffix(k.Owner, "@acme.example") && !strings.HasPrefix(k.Owner, "other"):
			path = "/api/magpie/access-token/user/" + k.Owner
		case k.System == magpie.Name:
			path = "/api/magpie/access-token"
		case k.Account != "":
			path = "/api/svc/v1/virtual-accounts"
		}
		shows[path] += fmt.Sprintln(k.ID, k.Name, k.Disabled, k.Expires)
	}
	return shows
}

// ours are the tokens that are alive and that the provider has minted. A disabled one is alive: somebody may enable it.
func (w *world) ours() []token {
	var ours []token
	now := w.Clock().Now()
	for _, k := range w.stored() {
		if _, isForeign := w.foreign[k.ID]; !isForeign && !k.expired(now) {
			ours = append(ours, k)
		}
	}
	return ours
}

// block is the provider block under the usual logins, or other ones.
func (w *world) block(other map[string]bool) map[string]any {
	block := map[string]any{"http": map[string]any{"max_retries": float64(w.sequence.MaxRetries)}}
	for _, name := range systems() {
		arguments := map[string]any{}
		for _, setting := range w.Settings(name) {
			if setting.Argument != "" {
				arguments[setting.Argument] = setting.Value
			}
		}
		if base := w.bases[name]; base != "" {
			arguments["base_url"] = base
		}
		if name == sailpoint.Name {
			arguments["api_version"] = w.sequence.APIVersion
		}
		if name == magpie.Name && w.sequence.Password {
			delete(arguments, "access_token")
			arguments["username"], arguments["password"] = w.Magpie.Bootstrap().UserName, w.Magpie.Bootstrap().Password
		}
		if other[name] {
			for argument, value := range w.others[name] {
				if arguments[argument] = value; value == nil {
					delete(arguments, argument)
				}
			}
		}
		block[name] = arguments
	}
	return block
}

// decrypt opens an encrypted secret.
func (w *world) decrypt(armored string) (string, error) {
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(armored)), w.identities...)
	if err != nil {
		return "", err
	}
	secret, err := io.ReadAll(opened)
	return string(secret), err
}

// resolve puts a value in place of its placeholder: "now+400h" is a time, "recipient:0" a public key.
func (w *world) resolve(value any) any {
	switch value := value.(type) {
	case string:
		if after, isTime := strings.CutPrefix(value, "now+"); isTime {
			if d, err := time.ParseDuration(after); err == nil {
				return w.Clock().Now().Add(d).UTC().Truncate(time.Second).Format(time.RFC3339)
			}
		}
		switch value {
		case "recipient:0":
			return w.recipients[0]
		case "recipient:1":
			return w.recipients[1]
		}
	case []any:
		resolved := make([]any, 0, len(value))
		for _, one := range value {
			resolved = append(resolved, w.resolve(one))
		}
		return resolved
	case map[string]any:
		resolved := map[string]any{}
		for name, one := range value {
			resolved[name] = w.resolve(one)
		}
		return resolved
	}
	return value
}
