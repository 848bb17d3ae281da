package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

//go:embed magpie.tf
var magpieConfiguration string

const (
	magpieNotebook  = "mint_magpie_personal_access_token.notebook"
	magpieLoader    = "mint_magpie_service_account_access_token.loader"
	magpieReporting = "mint_magpie_service_account_exclusive_access_token.reporting"
	magpieAdopted   = `mint_magpie_service_account_access_token.adopted["made manually"]`
)

func magpieAct() act {
	return act{
		system:        "Silectis Magpie",
		configuration: magpieConfiguration,
		steps: []step{
			{"create one token of the user and two of service accounts", magpieCreate},
			{"log in with each of them", magpieUse},
			{"plan again", unchanged},
			{"disable one, in place", magpieDisable},
			{"enable it again", magpieEnable},
			{"change a trigger: one rotates with overlap, one without", magpieRotate},
			{"plan again", unchanged},
			{"three days later the overlap is over", magpieOver},
			{"plan again", unchanged},
			{"import a token that was made manually", magpieImport},
			{"plan again", unchanged},
			{"destroy", destroyed},
		},
	}
}

func magpieCreate(ctx context.Context, s *stage) (string, error) {
	accounts := []any{
		map[string]any{"name": "demo-loader@acme.example", "service_account": true},
		map[string]any{"name": "demo-reporting@acme.example", "service_account": true},
	}
	if err := s.control.seed(ctx, map[string]any{"magpie": map[string]any{"users": accounts}}, &struct{}{}); err != nil {
		return "", err
	}
	promised := map[string]string{magpieNotebook: "create", magpieLoader: "create", magpieReporting: "create"}
	return "their ids were found in the lists", s.apply(ctx, promised)
}

func magpieUse(ctx context.Context, s *stage) (string, error) {
	for _, address := range []string{magpieNotebook, magpieLoader, magpieReporting} {
		token, err := s.magpieToken(ctx, address)
		if err != nil {
			return "", err
		}
		if err := s.magpieLogin(ctx, token); err != nil {
			return "", fmt.Errorf("%s: %w", address, err)
		}
		s.noted[address] = token
	}
	return "the server accepts them", nil
}

func magpieDisable(ctx context.Context, s *stage) (string, error) {
	s.variables["disabled"] = "true"
	if err := s.apply(ctx, map[string]string{magpieLoader: "update"}); err != nil {
		return "", err
	}
	return "the server refuses it", s.magpieRefused(ctx, s.noted[magpieLoader])
}

func magpieEnable(ctx context.Context, s *stage) (string, error) {
	s.variables["disabled"] = "false"
	if err := s.apply(ctx, map[string]string{magpieLoader: "update"}); err != nil {
		return "", err
	}
	return "the server accepts it", s.magpieLogin(ctx, s.noted[magpieLoader])
}

func magpieRotate(ctx context.Context, s *stage) (string, error) {
	s.variables["generation"] = "2"
	if err := s.apply(ctx, map[string]string{magpieLoader: "update", magpieReporting: "update"}); err != nil {
		return "", err
	}
	for _, address := range []string{magpieLoader, magpieReporting} {
		token, err := s.magpieToken(ctx, address)
		if err != nil {
			return "", err
		}
		if err := s.magpieLogin(ctx, token); err != nil {
			return "", fmt.Errorf("the new token of %s does not work: %w", address, err)
		}
	}
	if err := s.magpieLogin(ctx, s.noted[magpieLoader]); err != nil {
		return "", fmt.Errorf("the previous token does not work during the overlap: %w", err)
	}
	return "the new tokens work, and so does the previous one during its overlap", s.magpieRefused(ctx, s.noted[magpieReporting])
}

// magpieOver ends an overlap, which on this system takes an apply.
func magpieOver(ctx context.Context, s *stage) (string, error) {
	if err := s.control.advance(ctx, "73h"); err != nil {
		return "", err
	}
	if err := s.apply(ctx, map[string]string{magpieLoader: "update"}); err != nil {
		return "", err
	}
	return "the apply revokes the previous token", s.magpieRefused(ctx, s.noted[magpieLoader])
}

func magpieImport(ctx context.Context, s *stage) (string, error) {
	var made struct {
		Magpie struct {
			Tokens []struct {
				ID string `json:"id"`
			} `json:"tokens"`
		} `json:"magpie"`
	}
	token := map[string]any{"user": "demo-loader@acme.example", "description": "made manually"}
	err := s.control.seed(ctx, map[string]any{"magpie": map[string]any{"tokens": []any{token}}}, &made)
	if err != nil {
		return "", err
	}
	if len(made.Magpie.Tokens) != 1 {
		return "", fmt.Errorf("the server made %d tokens, want 1", len(made.Magpie.Tokens))
	}
	adopted, err := json.Marshal(map[string]string{"made manually": made.Magpie.Tokens[0].ID})
	if err != nil {
		return "", err
	}
	s.variables["adopted"] = string(adopted)
	return "its secret stays unknown", s.apply(ctx, map[string]string{magpieAdopted: "import"})
}

func (s *stage) magpieToken(ctx context.Context, address string) (string, error) {
	attributes, err := s.attributes(ctx, address)
	if err != nil {
		return "", err
	}
	return text(attributes, "token")
}

// magpieLogin uses a token the way its consumer would: it opens a session.
func (s *stage) magpieLogin(ctx context.Context, token string) error {
	body, err := json.Marshal(map[string]string{"token": token})
	if err != nil {
		return err
	}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, s.env["MAGPIE_BASE_URL"]+"/api/magpie/login", bytes.NewReader(body))
	if err != nil {
		return err
	}
	login.Header.Set("Content-Type", "application/json")
	return answered(login, &struct{}{})
}

func (s *stage) magpieRefused(ctx context.Context, token string) error {
	err := s.magpieLogin(ctx, token)
	var refused refusal
	switch {
	case err == nil:
		return errors.New("the server still accepts the token")
	case !errors.As(err, &refused) || refused.status != http.StatusUnauthorized:
		return fmt.Errorf("the token should be refused with status 401: %w", err)
	}
	return nil
}
