package sailpoint_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
)

// configured starts a provider process and configures it with nothing but these parts of the provider block.
func (s *tenant) configured(parts values) (*protocoltest.Engine, protocoltest.Diagnostics) {
	s.t.Helper()
	process := s.process()
	process.Block = parts
	return protocoltest.Configure(s.t, process)
}

// fromEnvironment gives the provider the tenant's variables, some of them changed.
func (s *tenant) fromEnvironment(changed map[string]string) {
	environment := s.Env()
	s.env.Getenv = func(name string) string {
		if value, ok := changed[name]; ok {
			return value
		}
		return environment[name]
	}
}

// TestPersonalAccessToken_environmentInvalid finds a variable that cannot be used: that concerns only those who use SailPoint.
func TestPersonalAccessToken_environmentInvalid(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"acme", "http://acme.example.com", "https://me:pw@acme.example.com"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.fromEnvironment(map[string]string{"SAIL_BASE_URL": base})
			e, diagnostics := s.configured(nil)
			if len(diagnostics) != 0 {
				t.Errorf("a configuration without SailPoint objects meets %+v", diagnostics)
			}
			failure := s.failed(e.Plan(nil, lasting("720h")).Diagnostics)
			if failure == nil || failure.Summary != "Invalid base URL" || !strings.Contains(failure.Detail, "SAIL_BASE_URL cannot be used") {
				t.Errorf("failed with %+v", failure)
			}
			if got := s.requests("", ""); got != 0 {
				t.Errorf("%d requests were sent", got)
			}
		})
	}
}

// TestPersonalAccessToken_namesVariables names, where a setting may be wrong, the variables that it may come from.
func TestPersonalAccessToken_namesVariables(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments values
		login     string
		says      string
		variables string
	}{
		"credentials": {values{"client_secret": "wrong-secret"}, "", `Check the credentials`, `SAIL_CLIENT_ID, SAIL_CLIENT_SECRET.`},
		"host":        {values{"base_url": "http://" + closedHost}, "", `Check base_url`, `SAIL_BASE_URL,`},
		"other host":  {nil, "html", `Check that base_url`, `SAIL_BASE_URL is`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := emulate(t)
			s.http = values{"max_retries": 0}
			if c.login != "" {
				s.fault("POST", loginRoute, c.login, 1)
			}
			e := s.engine(c.arguments)
			failure := s.failed(e.Plan(nil, lasting("720h")).Diagnostics)
			want := c.says + ` in the provider's "` + fake.Name + `" block or ` + c.variables
			if failure == nil || !strings.Contains(failure.Detail, want) {
				t.Errorf("failed with %+v, want %q", failure, want)
			}
		})
	}
}
