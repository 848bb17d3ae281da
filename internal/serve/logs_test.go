package serve_test

import (
	"os"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

func TestLogsWanted(t *testing.T) {
	for _, c := range []struct {
		environment string
		want        bool
	}{
		{"", false},
		{"TF_LOG=", false},
		{"TF_LOG=OFF", false},
		{"TF_LOG=off TF_LOG_CORE= TF_LOG_PROVIDER=Off TF_LOG_SDK=OFF", false},
		{"TF_LOG_PATH=/tmp/terraform.log", false},
		{"TF_LOG_PATH_MASK=/tmp/%s.log", false},
		{"TF_LOGGER=", false},
		{"TF_ACC=1 TF_IN_AUTOMATION=1 LOG=TRACE", false},

		{"TF_LOG=TRACE", true},
		{"TF_LOG=trace", true},
		{"TF_LOG=error", true},
		{"TF_LOG=JSON", true},
		{"TF_LOG=1", true}, // Terraform reads what it does not know as TRACE
		{"TF_LOG=false", true},
		{"TF_LOG=TRACE TF_LOG_PATH=/tmp/terraform.log", true},
		{"TF_LOG=OFF TF_LOG_PROVIDER=DEBUG", true},
		{"TF_LOG_CORE=DEBUG", true},
		{"TF_LOG_PROVIDER=WARN", true},
		{"TF_LOG_PROVIDER_MINT=INFO", true},
		{"TF_LOG_PROVIDER_MINT_SAILPOINT=DEBUG", true},
		{"TF_LOG_SDK=DEBUG", true},
		{"TF_LOG_SDK_PROTO=TRACE", true},
		{"TF_LOG_SDK_FRAMEWORK=TRACE", true},
		{"TF_LOG_SDK_PROTO_DATA_DIR=/tmp/data", true},
	} {
		t.Run(c.environment, func(t *testing.T) {
			withoutLogVariables(t)
			for _, variable := range strings.Fields(c.environment) {
				name, value, _ := strings.Cut(variable, "=")
				t.Setenv(name, value)
			}
			if got := serve.LogsWanted(); got != c.want {
				t.Errorf("logs wanted: %t, want %t", got, c.want)
			}
		})
	}
}

// withoutLogVariables takes those of whoever runs the tests out of the environment, until the test ends.
func withoutLogVariables(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_LOG") {
			t.Setenv(name, "")
		}
	}
}
