package fake

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// Probe is what became of an attempt to use a token.
type Probe struct {
	// Login is the status of the login, List that of listing the caller's own tokens; 0 if it was not reached.
	Login int
	List  int
}

// Works tells whether the token got a session that the API accepts.
func (p Probe) Works() bool { return p.Login == http.StatusOK && p.List == http.StatusOK }

// UseToken uses an access token as its consumer would: it obtains a session from the organization under base and lists
// the own tokens with it.
func UseToken(ctx context.Context, base, accessToken string) (Probe, error) {
	return use(ctx, base, map[string]string{"token": accessToken})
}

// UsePassword is like [UseToken], but logs in by user name and password. A wrong one counts towards the lock.
func UsePassword(ctx context.Context, base, username, password string) (Probe, error) {
	return use(ctx, base, map[string]string{"username": username, "password": password})
}

func use(ctx context.Context, base string, credential map[string]string) (Probe, error) {
	body, err := json.Marshal(credential)
	if err != nil {
		return Probe{}, err
	}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, base+loginPath, bytes.NewReader(body))
	if err != nil {
		return Probe{}, err
	}
	login.Header.Set("Content-Type", "application/json")
	probe := Probe{}
	status, answer, err := exchange(login)
	probe.Login = status
	if err != nil || status != http.StatusOK {
		return probe, err
	}
	var opened struct {
		Token string `json:"token"`
	}
	if err := json.Unmarshal(answer, &opened); err != nil {
		return probe, fmt.Errorf("login: decode the answer: %w", err)
	}
	list, err := http.NewRequestWithContext(ctx, http.MethodGet, base+tokensPath, nil)
	if err != nil {
		return probe, err
	}
	list.Header.Set("Authorization", "token "+opened.Token)
	probe.List, _, err = exchange(list)
	return probe, err
}

func exchange(request *http.Request) (int, []byte, error) {
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}
