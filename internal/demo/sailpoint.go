package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

//go:embed sailpoint.tf
var sailpointConfiguration string

const (
	sailpointReader   = "mint_sailpoint_personal_access_token.reader"
	sailpointPipeline = "mint_sailpoint_personal_access_token.pipeline"
	sailpointService  = "mint_sailpoint_personal_access_token.service"
	sailpointAdopted  = `mint_sailpoint_personal_access_token.adopted["demo-adopted"]`
	sailpointOne      = "data.mint_sailpoint_personal_access_token.reader[0]"
	sailpointMany     = "data.mint_sailpoint_personal_access_tokens.mine[0]"
)

func sailpointAct() act {
	return act{
		system:        "SailPoint Identity Security Cloud",
		configuration: sailpointConfiguration,
		steps: []step{
			{"create three tokens", sailpointCreate},
			{"use the new secret to open a session", sailpointUse},
			{"plan again", unchanged},
			{"rename one and widen its scope, in place", sailpointUpdate},
			{"change a trigger: the new token first, then the previous one is revoked", sailpointReplace},
			{"plan again", unchanged},
			{"24 days later one is due: it rotates, with an overlap", sailpointDue},
			{"plan again", unchanged},
			{"three days later the overlap is over", sailpointOver},
			{"plan again", unchanged},
			{"import a token that was made manually", sailpointImport},
			{"plan again", unchanged},
			{"read the data sources", sailpointRead},
			{"destroy", destroyed},
		},
	}
}

func sailpointCreate(ctx context.Context, s *stage) (string, error) {
	if err := s.apply(ctx, map[string]string{sailpointReader: "create", sailpointPipeline: "create", sailpointService: "create"}); err != nil {
		return "", err
	}
	name, err := s.note(ctx, "reader", sailpointReader)
	if err != nil {
		return "", err
	}
	generated, err := s.note(ctx, "pipeline", sailpointPipeline)
	if err != nil {
		return "", err
	}
	rotating, err := s.note(ctx, "service", sailpointService)
	return name + ", " + generated + ", " + rotating, err
}

// note remembers the ID and the secret of a token and returns its name.
func (s *stage) note(ctx context.Context, as, address string) (string, error) {
	attributes, err := s.attributes(ctx, address)
	if err != nil {
		return "", err
	}
	for _, name := range []string{"id", "secret"} {
		value, err := text(attributes, name)
		if err != nil {
			return "", fmt.Errorf("%s: %w", address, err)
		}
		s.noted[as+" "+name] = value
	}
	return text(attributes, "name")
}

func sailpointUse(ctx context.Context, s *stage) (string, error) {
	if err := s.sailpointSession(ctx, s.noted["pipeline id"], s.noted["pipeline secret"]); err != nil {
		return "", err
	}
	return "the server accepts it", nil
}

func sailpointUpdate(ctx context.Context, s *stage) (string, error) {
	s.variables["reader_name"] = "demo-auditor"
	s.variables["reader_scope"] = `["sp:my-personal-access-tokens:read","sp:my-personal-access-tokens:manage"]`
	if err := s.apply(ctx, map[string]string{sailpointReader: "update"}); err != nil {
		return "", err
	}
	id, secret := s.noted["reader id"], s.noted["reader secret"]
	name, err := s.note(ctx, "reader", sailpointReader)
	if err != nil {
		return "", err
	}
	if name != "demo-auditor" || s.noted["reader id"] != id || s.noted["reader secret"] != secret {
		return "", fmt.Errorf("the update was not in place: the name is %q", name)
	}
	return name + ", same ID, same secret", nil
}

func sailpointReplace(ctx context.Context, s *stage) (string, error) {
	s.variables["generation"] = "2"
	if err := s.apply(ctx, map[string]string{sailpointPipeline: "create, then destroy"}); err != nil {
		return "", err
	}
	oldID, oldSecret := s.noted["pipeline id"], s.noted["pipeline secret"]
	if _, err := s.note(ctx, "pipeline", sailpointPipeline); err != nil {
		return "", err
	}
	if err := s.sailpointRefused(ctx, oldID, oldSecret); err != nil {
		return "", err
	}
	if err := s.sailpointSession(ctx, s.noted["pipeline id"], s.noted["pipeline secret"]); err != nil {
		return "", fmt.Errorf("the new secret does not work: %w", err)
	}
	return "the previous secret is refused, the new one works", nil
}

// sailpointDue advances the clock to where one token is due. Nobody has touched the configuration.
func sailpointDue(ctx context.Context, s *stage) (string, error) {
	if err := s.control.advance(ctx, "576h"); err != nil {
		return "", err
	}
	if err := s.apply(ctx, map[string]string{sailpointService: "update"}); err != nil {
		return "", err
	}
	oldID, oldSecret := s.noted["service id"], s.noted["service secret"]
	if _, err := s.note(ctx, "service", sailpointService); err != nil {
		return "", err
	}
	attributes, err := s.attributes(ctx, sailpointService)
	if err != nil {
		return "", err
	}
	if attributes["previous_id"] != oldID || attributes["previous_secret"] != oldSecret || s.noted["service id"] == oldID {
		return "", errors.New("the state does not hold the previous token beside a new one")
	}
	s.noted["service before id"], s.noted["service before secret"] = oldID, oldSecret
	for _, one := range []string{"service", "service before"} {
		if err := s.sailpointSession(ctx, s.noted[one+" id"], s.noted[one+" secret"]); err != nil {
			return "", fmt.Errorf("the token of the %s does not work: %w", one, err)
		}
	}
	return "the previous token and the new one both work", nil
}

func sailpointOver(ctx context.Context, s *stage) (string, error) {
	if err := s.control.advance(ctx, "73h"); err != nil {
		return "", err
	}
	if err := s.sailpointRefused(ctx, s.noted["service before id"], s.noted["service before secret"]); err != nil {
		return "", err
	}
	if err := s.apply(ctx, map[string]string{sailpointService: "update"}); err != nil {
		return "", err
	}
	attributes, err := s.attributes(ctx, sailpointService)
	if err != nil {
		return "", err
	}
	if attributes["previous_id"] != nil {
		return "", errors.New("the state still holds the previous token")
	}
	return "the previous token is refused, and removed from the state", s.sailpointSession(ctx, s.noted["service id"], s.noted["service secret"])
}

func sailpointImport(ctx context.Context, s *stage) (string, error) {
	var made struct {
		SailPoint struct {
			Tokens []struct {
				ID string `json:"id"`
			} `json:"tokens"`
		} `json:"sailpoint"`
	}
	err := s.control.seed(ctx, map[string]any{"sailpoint": map[string]any{"tokens": []any{map[string]any{
		"name":  "demo-adopted",
		"scope": []string{"sp:scopes:default"},
	}}}}, &made)
	if err != nil {
		return "", err
	}
	if len(made.SailPoint.Tokens) != 1 {
		return "", fmt.Errorf("the server made %d tokens, want 1", len(made.SailPoint.Tokens))
	}
	id := made.SailPoint.Tokens[0].ID
	adopted, err := json.Marshal(map[string]string{"demo-adopted": id})
	if err != nil {
		return "", err
	}
	s.variables["adopted"] = string(adopted)
	if err := s.apply(ctx, map[string]string{sailpointAdopted: "import"}); err != nil {
		return "", err
	}
	attributes, err := s.attributes(ctx, sailpointAdopted)
	if err != nil {
		return "", err
	}
	if attributes["id"] != id || attributes["secret"] != nil {
		return "", fmt.Errorf("the import brought ID %v instead of %s, or a secret", attributes["id"], id)
	}
	return "its secret stays unknown", nil
}

func sailpointRead(ctx context.Context, s *stage) (string, error) {
	s.variables["look"] = "true"
	if err := s.apply(ctx, map[string]string{}); err != nil {
		return "", err
	}
	one, err := s.attributes(ctx, sailpointOne)
	if err != nil {
		return "", err
	}
	if one["id"] != s.noted["reader id"] {
		return "", fmt.Errorf("the data source found ID %v by name, want %s", one["id"], s.noted["reader id"])
	}
	many, err := s.attributes(ctx, sailpointMany)
	if err != nil {
		return "", err
	}
	listed, _ := many["tokens"].([]any)
	found := map[string]bool{}
	for _, token := range listed {
		if token, isObject := token.(map[string]any); isObject {
			name, _ := token["name"].(string)
			found[name] = true
		}
	}
	if !found["demo-auditor"] || !found["demo-adopted"] {
		return "", fmt.Errorf("the list of %d tokens lacks the demo's own", len(listed))
	}
	return fmt.Sprintf("one by name, %d in the list", len(listed)), nil
}

// sailpointSession uses a token the way its consumer would: it obtains a
// bearer for it and lists the tokens of its owner.
func (s *stage) sailpointSession(ctx context.Context, id, secret string) error {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {secret}}
	login, err := http.NewRequestWithContext(ctx, http.MethodPost, s.env["SAIL_BASE_URL"]+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	login.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var session struct {
		AccessToken string `json:"access_token"`
	}
	if err := answered(login, &session); err != nil {
		return err
	}
	list, err := http.NewRequestWithContext(ctx, http.MethodGet, s.env["SAIL_BASE_URL"]+"/personal-access-tokens/v1?owner-id=me", nil)
	if err != nil {
		return err
	}
	list.Header.Set("Authorization", "Bearer "+session.AccessToken)
	return answered(list, &[]any{})
}

func (s *stage) sailpointRefused(ctx context.Context, id, secret string) error {
	err := s.sailpointSession(ctx, id, secret)
	var refused refusal
	switch {
	case err == nil:
		return errors.New("the server still accepts the old secret")
	case !errors.As(err, &refused) || refused.status != http.StatusUnauthorized:
		return fmt.Errorf("trying the old secret should be refused with status 401: %w", err)
	}
	return nil
}

// answered sends a request and decodes the answer, which must be a 200. The
// error never carries the answer: it may hold a credential.
func answered(request *http.Request, answer any) error {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refusal{request.Method + " " + request.URL.Path, response.StatusCode}
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// refusal is an answer other than 200.
type refusal struct {
	request string
	status  int
}

func (r refusal) Error() string { return fmt.Sprintf("%s answered %d", r.request, r.status) }
