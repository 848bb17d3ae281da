package truefoundry

import (
	"slices"
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// person is a user as a row tells of one: by an id, by an e-mail address, or by both. Empty where it does not tell.
type person struct{ id, email string }

// isToldApart reports whether two persons are not the same, or may not be: one is told by an id alone, and the other by an e-mail address.
func (p person) isToldApart(other person) bool {
	switch {
	case p == person{} || other == person{}:
		return false
	case p.id != "" && other.id != "":
		return p.id != other.id
	}
	return p.email == "" || !strings.EqualFold(p.email, other.email)
}

// ownerOf is to whom a token belongs. Where the row tells its creator alone, that is the owner if it is a user: an administrator who has
// created it for somebody else is not told apart.
func ownerOf(a api.ServiceAccount) person {
	creator := person{}
	if a.CreatedBy.Type == "user" {
		creator.id = a.CreatedBy.ID
		if strings.Contains(a.CreatedBy.Name, "@") {
			creator.email = a.CreatedBy.Name
		}
	}
	owner := a.OwnerEmail()
	if owner == "" || strings.EqualFold(owner, creator.email) {
		return creator
	}
	return person{email: owner}
}

// self is the user whose key the provider has; empty where the list does not tell. The row of the key tells it, or else the subject that a
// signed key names, if that is the owner of a token.
func (k personalAccessTokenKind) self(all []api.ServiceAccount) person {
	self, isShown := person{}, false
	for i := range all {
		if !k.IsOwnCredential("", &all[i], "") {
			continue
		}
		// An opaque key tells its name, which tokens of several users may have.
		owner := ownerOf(all[i])
		if owner == (person{}) || isShown && owner.isToldApart(self) {
			return person{}
		}
		self, isShown = owner, true
	}
	if isShown {
		return self
	}
	for _, token := range all {
		if owner := ownerOf(token); k.client.HoldsOwnKey(api.Holder{ID: owner.id}) {
			return owner
		}
	}
	return person{}
}

// soleOwner is the one user to whom all tokens of a list belong, as far as it tells; isSole is false where they are of several users. Such a list
// is the caller's own, unless an administrator asks.
func soleOwner(all []api.ServiceAccount) (sole person, isSole bool) {
	for _, token := range all {
		owner := ownerOf(token)
		if owner.isToldApart(sole) {
			return person{}, false
		}
		if sole == (person{}) || sole.email == "" && owner.email != "" {
			sole = owner
		}
	}
	return sole, true
}

// belongsToUser returns what tells the tokens of a list that are a user's. One of an owner who is not told is theirs only if the list shows nobody
// else's.
func belongsToUser(all []api.ServiceAccount, user person) func(api.ServiceAccount) bool {
	isOthers := func(a api.ServiceAccount) bool { return ownerOf(a).isToldApart(user) }
	isMixed := slices.ContainsFunc(all, isOthers)
	return func(a api.ServiceAccount) bool { return !isOthers(a) && (!isMixed || ownerOf(a) != (person{})) }
}
