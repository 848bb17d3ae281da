package fake

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Probe is what became of an attempt to use a token.
type Probe struct {
	// Status is the status of the answer.
	Status int
	// Message is the vendor's message in a refusal.
	Message string
}

// Works tells whether the token authenticates: a virtual account without grants does so, and gets 403.
func (p Probe) Works() bool { return p.Status == http.StatusOK || p.Status == http.StatusForbidden }

// UseToken uses a token of either kind as its consumer would: it lists virtual accounts of the control plane under base.
func UseToken(ctx context.Context, base, token string) (Probe, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+accountsPath+"?limit=1", nil)
	if err != nil {
		return Probe{}, err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return Probe{}, err
	}
	defer response.Body.Close()
	var answer struct {
		Message string `json:"message"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return Probe{Status: response.StatusCode}, fmt.Errorf("%s %s: decode the answer: %w", request.Method, request.URL.Path, err)
	}
	return Probe{Status: response.StatusCode, Message: answer.Message}, nil
}
