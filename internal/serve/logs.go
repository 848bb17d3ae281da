package serve

import (
	"os"
	"strings"
)

// off is the level of a logger that writes nothing.
const off = "OFF"

// logsWanted reports whether anybody asked for logs: by any variable of Terraform, of the plugin libraries or of this
// provider, at any level but "off". Terraform passes its own environment on to the provider, and reads a level that it does
// not know as TRACE.
//
// Without such a variable Terraform drops what a provider logs.
func logsWanted() bool {
	for _, variable := range os.Environ() {
		name, value, _ := strings.Cut(variable, "=")
		name = strings.ToUpper(name) // Windows finds a variable in any case
		// A path says where logs go, not that there are any.
		if strings.HasPrefix(name, "TF_LOG") && !strings.HasPrefix(name, "TF_LOG_PATH") && value != "" && !strings.EqualFold(value, off) {
			return true
		}
	}
	return false
}

// silence switches the loggers of every request to the provider of an address off. The libraries make new ones for each request, at TRACE unless these
// variables say otherwise, and have no other switch; building lines that Terraform then drops was a third of the provider's
// CPU time.
func silence(address string) error {
	name := address[strings.LastIndex(address, "/")+1:]
	// The two parts of the SDK are named too: a part without a level of its own builds its lines before its logger drops them.
	for _, logger := range []string{"TF_LOG_SDK", "TF_LOG_SDK_PROTO", "TF_LOG_SDK_FRAMEWORK", "TF_LOG_PROVIDER_" + strings.ToUpper(name)} {
		if err := os.Setenv(logger, off); err != nil {
			return err
		}
	}
	return nil
}
