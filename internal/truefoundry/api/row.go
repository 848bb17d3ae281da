package api

import (
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// ServiceAccount is what holds a token: a personal access token or a virtual account. The vendor has one model for both.
type ServiceAccount struct {
	ID   string
	Name string
	// Manifest is nil where the row has none.
	Manifest Manifest
	// JWTID is the id of the active token: nil where the row does not tell, empty where it tells that there is none.
	JWTID *string
	// JWTs are the issued tokens, several during a grace period; nil where the row does not tell.
	JWTs      []JWT
	CreatedBy Subject
	CreatedAt *time.Time
	// LastAccessedAt is nil for never, and where the row does not tell.
	LastAccessedAt *time.Time
	// IsExpired is nil where the row does not tell.
	IsExpired *bool
	// NextScheduledRotation is the vendor's own text.
	NextScheduledRotation string

	// end and owner are what the manifest tells. They are read with the row: every refresh asks all rows of a list for them.
	end   *End
	owner string
}

// JWT is an issued token; the vendor calls it so even when it is opaque.
type JWT struct {
	ID        string
	TokenType string
	CreatedAt *time.Time
	Expiry    *time.Time
}

// Subject is who created something.
type Subject struct {
	Type string
	ID   string
	// Name is an e-mail address, or the name of a virtual account.
	Name string
}

// wireAccount is a row as answers hold it.
type wireAccount struct {
	ID                    string          `json:"id"`
	Name                  string          `json:"name"`
	Manifest              Manifest        `json:"manifest"`
	JWTID                 json.RawMessage `json:"jwtId"`
	JWTs                  []wireJWT       `json:"jwts"`
	CreatedBy             wireSubject     `json:"createdBySubject"`
	CreatedAt             *string         `json:"createdAt"`
	LastAccessedAt        *string         `json:"lastAccessedAt"`
	IsExpired             *bool           `json:"isExpired"`
	NextScheduledRotation *string         `json:"nextScheduledRotation"`
}

type wireJWT struct {
	ID        string  `json:"id"`
	TokenType string  `json:"tokenType"`
	CreatedAt *string `json:"createdAt"`
	Expiry    *string `json:"expiry"`
}

type wireSubject struct {
	Type        string  `json:"subjectType"`
	ID          string  `json:"subjectId"`
	Slug        *string `json:"subjectSlug"`
	DisplayName *string `json:"subjectDisplayName"`
}

// UnmarshalJSON implements [json.Unmarshaler]. What a row may lack differs from plane to plane; without an id or a name it says
// nothing about any token. The name is in the manifest; older planes have a copy beside it.
func (a *ServiceAccount) UnmarshalJSON(data []byte) error {
	var w wireAccount
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*a = ServiceAccount{
		ID: w.ID, Name: w.Manifest.Text(KeyName), Manifest: w.Manifest, CreatedBy: w.CreatedBy.subject(),
		CreatedAt: optionalMoment(w.CreatedAt), LastAccessedAt: optionalMoment(w.LastAccessedAt), IsExpired: w.IsExpired,
	}
	if a.Name == "" {
		a.Name = w.Name
	}
	a.end, _ = ParseEnd(a.Manifest.Text(KeyExpirationDate))
	a.owner = ownerEmail(a.Manifest.Text(keyUserFQN))
	if w.NextScheduledRotation != nil {
		a.NextScheduledRotation = *w.NextScheduledRotation
	}
	if w.JWTID != nil {
		var id *string
		if json.Unmarshal(w.JWTID, &id) == nil {
			a.JWTID = new(string)
			if id != nil {
				a.JWTID = id
			}
		}
	}
	if w.JWTs != nil {
		a.JWTs = make([]JWT, 0, len(w.JWTs))
	}
	for _, j := range w.JWTs {
		a.JWTs = append(a.JWTs, JWT{ID: j.ID, TokenType: j.TokenType, CreatedAt: optionalMoment(j.CreatedAt), Expiry: optionalMoment(j.Expiry)})
	}
	switch {
	case a.ID == "":
		return errors.New("a row has no id")
	case a.Name == "":
		return errors.New("a row has no name")
	}
	return nil
}

func (s wireSubject) subject() Subject {
	subject := Subject{Type: s.Type, ID: s.ID}
	for _, name := range []*string{s.DisplayName, s.Slug} {
		if name != nil && *name != "" {
			subject.Name = *name
		}
	}
	return subject
}

func optionalMoment(text *string) *time.Time {
	if text == nil {
		return nil
	}
	return moment(*text)
}

// ActiveJWT is the active token as the row shows it; nil where it does not.
func (a ServiceAccount) ActiveJWT() *JWT {
	if a.JWTID == nil {
		if len(a.JWTs) == 1 {
			return &a.JWTs[0]
		}
		return nil
	}
	return a.IssuedJWT(*a.JWTID)
}

// IssuedJWT is an issued token as the row shows it; nil where it does not.
func (a ServiceAccount) IssuedJWT(id string) *JWT {
	for i := range a.JWTs {
		if a.JWTs[i].ID == id {
			return &a.JWTs[i]
		}
	}
	return nil
}

// HasNoToken reports whether the row tells that there is no active token: it was deleted, and the account stayed.
func (a ServiceAccount) HasNoToken() bool {
	return a.JWTID != nil && (*a.JWTID == "" || a.JWTs != nil && a.ActiveJWT() == nil)
}

// TokenEnd is when the active token expires, as far as the issued token itself tells; told is false where it is not shown.
func (a ServiceAccount) TokenEnd() (end *End, told bool) {
	jwt := a.ActiveJWT()
	if jwt == nil || jwt.Expiry == nil {
		return nil, false
	}
	if a.end == nil && a.CreatedAt != nil && jwt.Expiry.Sub(*a.CreatedAt) > forever {
		return nil, true
	}
	return &End{At: *jwt.Expiry}, true
}

// End is when the token expires: as the issued token tells, else as the manifest does; nil for never.
func (a ServiceAccount) End() *End {
	if end, told := a.TokenEnd(); told {
		return end
	}
	return a.end
}

// HasExpired reports whether the end has passed, by the control plane's own word or by its dates.
func (a ServiceAccount) HasExpired(now time.Time) bool {
	return a.IsExpired != nil && *a.IsExpired || a.End().Passed(now)
}

// OwnerEmail is the e-mail address of the user to whom a personal access token belongs; empty where the row does not tell.
func (a ServiceAccount) OwnerEmail() string { return a.owner }

// ownerEmail reads an owner as the vendor writes a user: user:alice@example.com.
func ownerEmail(fqn string) string {
	_, email, isUser := strings.Cut(fqn, "user:")
	if !isUser || !strings.Contains(email, "@") {
		return ""
	}
	return email
}

// Team is the team that owns it; empty for none.
func (a ServiceAccount) Team() string {
	var owner struct {
		Team string `json:"team"`
	}
	_ = json.Unmarshal(a.Manifest[KeyOwnedBy], &owner)
	return owner.Team
}
