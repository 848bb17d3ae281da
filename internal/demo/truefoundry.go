package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

//go:embed truefoundry.tf
var truefoundryConfiguration string

const (
	truefoundryCI      = "mint_truefoundry_personal_access_token.ci"
	truefoundryGateway = "mint_truefoundry_virtual_account.gateway"
	truefoundryAdopted = `mint_truefoundry_virtual_account.adopted["demo-adopted"]`
)

func truefoundryAct() act {
	return act{
		system:        "TrueFoundry",
		configuration: truefoundryConfiguration,
		steps: []step{
			{"create a personal access token and a virtual account", truefoundryCreate},
			{"use both tokens", truefoundryUse},
			{"plan again", unchanged},
			{"give the account to another team, in place", truefoundryUpdate},
			{"change a trigger: both rotate in place, with an overlap", truefoundryRegenerate},
			{"plan again", unchanged},
			{"a day later the overlap is over", truefoundryLater},
			{"plan again", unchanged},
			{"import an account that was made manually", truefoundryImport},
			{"plan again", unchanged},
			{"destroy", destroyed},
		},
	}
}

func truefoundryCreate(ctx context.Context, s *stage) (string, error) {
	promised := map[string]string{truefoundryCI: "create", truefoundryGateway: "create"}
	if err := s.apply(ctx, promised); err != nil {
		return "", err
	}
	attributes, err := s.attributes(ctx, truefoundryCI)
	if err != nil {
		return "", err
	}
	name, err := text(attributes, "name")
	return name + ", demo-gateway", err
}

func truefoundryUse(ctx context.Context, s *stage) (string, error) {
	for _, address := range []string{truefoundryCI, truefoundryGateway} {
		if err := s.truefoundryNote(ctx, address); err != nil {
			return "", err
		}
		if err := s.truefoundryCall(ctx, s.noted[address]); err != nil {
			return "", fmt.Errorf("%s: %w", address, err)
		}
	}
	return "the server accepts them", nil
}

func truefoundryUpdate(ctx context.Context, s *stage) (string, error) {
	s.variables["team"] = "research"
	if err := s.apply(ctx, map[string]string{truefoundryGateway: "update"}); err != nil {
		return "", err
	}
	before := s.noted[truefoundryGateway]
	if err := s.truefoundryNote(ctx, truefoundryGateway); err != nil {
		return "", err
	}
	if s.noted[truefoundryGateway] != before {
		return "", errors.New("the update changed the token")
	}
	return "same account, same token", nil
}

func truefoundryRegenerate(ctx context.Context, s *stage) (string, error) {
	s.variables["generation"] = "2"
	if err := s.apply(ctx, map[string]string{truefoundryCI: "update", truefoundryGateway: "update"}); err != nil {
		return "", err
	}
	for _, address := range []string{truefoundryCI, truefoundryGateway} {
		s.noted[address+" before"] = s.noted[address]
		if err := s.truefoundryNote(ctx, address); err != nil {
			return "", err
		}
		for _, token := range []string{s.noted[address+" before"], s.noted[address]} {
			if err := s.truefoundryCall(ctx, token); err != nil {
				return "", fmt.Errorf("one of the two tokens of %s does not work: %w", address, err)
			}
		}
	}
	return "the previous tokens and the new ones all work", nil
}

func truefoundryLater(ctx context.Context, s *stage) (string, error) {
	if err := s.control.advance(ctx, "25h"); err != nil {
		return "", err
	}
	// TrueFoundry ends the account's old token by itself; that of a user takes an apply.
	if err := s.truefoundryRefused(ctx, s.noted[truefoundryGateway+" before"]); err != nil {
		return "", err
	}
	if err := s.apply(ctx, map[string]string{truefoundryCI: "update"}); err != nil {
		return "", err
	}
	if err := s.truefoundryRefused(ctx, s.noted[truefoundryCI+" before"]); err != nil {
		return "", err
	}
	return "the previous tokens are refused, the new ones work", errors.Join(
		s.truefoundryCall(ctx, s.noted[truefoundryCI]), s.truefoundryCall(ctx, s.noted[truefoundryGateway]))
}

func (s *stage) truefoundryRefused(ctx context.Context, token string) error {
	err := s.truefoundryCall(ctx, token)
	var refused refusal
	if !errors.As(err, &refused) || refused.status != http.StatusUnauthorized {
		return fmt.Errorf("the previous token should be refused with status 401: %w", err)
	}
	return nil
}

func truefoundryImport(ctx context.Context, s *stage) (string, error) {
	var made struct {
		TrueFoundry struct {
			VirtualAccounts []struct {
				ID string `json:"id"`
			} `json:"virtual_accounts"`
		} `json:"truefoundry"`
	}
	account := map[string]any{"manifest": map[string]any{"name": "demo-adopted"}}
	err := s.control.seed(ctx, map[string]any{"truefoundry": map[string]any{"virtual_accounts": []any{account}}}, &made)
	if err != nil {
		return "", err
	}
	if len(made.TrueFoundry.VirtualAccounts) != 1 {
		return "", fmt.Errorf("the server made %d accounts, want 1", len(made.TrueFoundry.VirtualAccounts))
	}
	adopted, err := json.Marshal(map[string]string{"demo-adopted": made.TrueFoundry.VirtualAccounts[0].ID})
	if err != nil {
		return "", err
	}
	s.variables["adopted"] = string(adopted)
	return "its token was read from the server", s.apply(ctx, map[string]string{truefoundryAdopted: "import and update"})
}

// truefoundryNote remembers the token of an object.
func (s *stage) truefoundryNote(ctx context.Context, address string) error {
	attributes, err := s.attributes(ctx, address)
	if err != nil {
		return err
	}
	s.noted[address], err = text(attributes, "token")
	return err
}

// truefoundryCall uses a token the way its consumer would. An account without grants is known, and may see nothing: 403.
func (s *stage) truefoundryCall(ctx context.Context, token string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.env["TFY_HOST"]+"/api/svc/v1/virtual-accounts?limit=1", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+token)
	err = answered(request, &struct{}{})
	var refused refusal
	if errors.As(err, &refused) && refused.status == http.StatusForbidden {
		return nil
	}
	return err
}
