package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/go-version"
)

//go:embed across.tf
var acrossConfiguration string

// lendingSince is the first Terraform that has ephemeral resources.
const lendingSince = "1.10.0"

func acrossAct() act {
	return act{
		system:        "All systems: a token for one run only, and the inventory",
		configuration: acrossConfiguration,
		since:         lendingSince,
		steps: []step{
			{"create a token on each, and mint an ephemeral one", acrossCreate},
			{"the ephemeral token is revoked; the inventory has the rest", acrossInventory},
			{"plan again: no ephemeral token in a plan", unchanged},
			{"destroy", destroyed},
		},
	}
}

func acrossCreate(ctx context.Context, s *stage) (string, error) {
	promised := map[string]string{"terraform_data.run": "create"}
	for _, one := range []string{"mint_sailpoint_personal_access_token", "mint_magpie_personal_access_token", "mint_truefoundry_virtual_account"} {
		promised[one+".report"] = "create"
	}
	if err := s.apply(ctx, promised); err != nil {
		return "", err
	}
	seen, err := s.names(ctx, "data.mint_sailpoint_personal_access_tokens.seen")
	if err != nil {
		return "", err
	}
	for _, name := range seen {
		if strings.HasPrefix(name, "mint-ephemeral-") {
			return name + " logged in", nil
		}
	}
	return "", fmt.Errorf("the provider that has the lent token sees only %s", strings.Join(seen, ", "))
}

func acrossInventory(ctx context.Context, s *stage) (string, error) {
	live, err := s.control.countLive(ctx)
	if err != nil {
		return "", err
	}
	if live != 3 {
		return "", fmt.Errorf("%d tokens are alive instead of 3", live)
	}
	names, err := s.names(ctx, "data.mint_access_tokens.all")
	if err != nil {
		return "", err
	}
	listed := strings.Join(names, ", ")
	for _, name := range []string{"demo-report", "demo report"} {
		if !strings.Contains(listed, name) {
			return "", errors.New("the inventory lacks " + name)
		}
	}
	return fmt.Sprintf("%d rows, including the credentials of this run", len(names)), nil
}

// names are those of the tokens that a data source shows.
func (s *stage) names(ctx context.Context, address string) ([]string, error) {
	attributes, err := s.attributes(ctx, address)
	if err != nil {
		return nil, err
	}
	rows, _ := attributes["tokens"].([]any)
	var names []string
	for _, row := range rows {
		fields, _ := row.(map[string]any)
		if name, ok := fields["name"].(string); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// isTooOld reports whether a Terraform is older than what an act needs.
func isTooOld(have *version.Version, since string) bool {
	return since != "" && have.Core().LessThan(version.Must(version.NewVersion(since)))
}
