package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// Probe is what became of an attempt to use a token.
type Probe struct {
	// Login is the status of the login, List that of listing the caller's own tokens; 0 if it was not reached.
	Login int
	List  int
}

// Works tells whether the token got a bearer that the API accepts, even if its scopes do not let it list tokens.
func (p Probe) Works() bool {
	return p.Login == http.StatusOK && (p.List == http.StatusOK || p.List == http.StatusForbidden)
}

// UseToken uses a token as its consumer would: it obtains a bearer from the tenant under base and lists "me" with it.
func UseToken(ctx context.Context, base, clientID, clientSecret string) (Probe, error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {clientSecret}}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, base+loginPath, strings.NewReader(form.Encode()))
	if err != nil {
		return Probe{}, err
	}
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var grant struct {
		AccessToken string `json:"access_token"`
	}
	probe := Probe{}
	if probe.Login, err = exchange(login, &grant); err != nil || probe.Login != http.StatusOK {
		return probe, err
	}
	list, err := http.NewRequestWithContext(ctx, http.MethodGet, base+versions()[0].collection+"?owner-id=me", nil)
	if err != nil {
		return probe, err
	}
	list.Header.Set("Authorization", "Bearer "+grant.AccessToken)
	probe.List, err = exchange(list, &json.RawMessage{})
	return probe, err
}

func exchange(request *http.Request, into any) (int, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return response.StatusCode, fmt.Errorf("%s %s: decode the answer: %w", request.Method, request.URL.Path, err)
	}
	return response.StatusCode, nil
}
