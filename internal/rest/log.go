package rest

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/terraform-plugin-log/tflog"
)

// subsystem is the name under which requests are logged; its level can be set with TF_LOG_PROVIDER_MINT_<SYSTEM>.
const subsystem = "rest"

// logged prepares a context for the log lines of one call: a subsystem, with every secret of the run masked in it as a
// second net. The first net is that no line carries a header or a body.
func logged(ctx context.Context, system string, redactor *Redactor) context.Context {
	if isSilent(system) {
		// A line that nobody sees is masked all the same, which takes as long as there are secrets.
		return tflog.NewSubsystem(ctx, subsystem, tflog.WithLevel(hclog.Off))
	}
	ctx = tflog.NewSubsystem(ctx, subsystem, tflog.WithLevelFromEnv("TF_LOG_PROVIDER_MINT", strings.ToUpper(system)))
	ctx = tflog.SubsystemSetField(ctx, subsystem, "system", system)
	values := redactor.Values()
	ctx = tflog.SubsystemMaskAllFieldValuesStrings(ctx, subsystem, values...)
	return tflog.SubsystemMaskMessageStrings(ctx, subsystem, values...)
}

// isSilent reports whether the logs of a system are switched off, as package serve does where nobody has asked for any.
func isSilent(system string) bool {
	const variable = "TF_LOG_PROVIDER_MINT"
	own := os.Getenv(variable + "_" + strings.ToUpper(system))
	return strings.EqualFold(os.Getenv(variable), "off") && (own == "" || strings.EqualFold(own, "off"))
}

// record writes one line for each try: what was asked, by its route, and how it ended.
func record(requestID func(status int, header http.Header, body []byte) string, next http.RoundTripper) link {
	return func(r *http.Request) (*http.Response, error) {
		a := attemptOf(r.Context())
		a.number++
		start := realTime()
		resp, err := next.RoundTrip(r)
		fields := map[string]any{
			"method": a.call.Method, "route": a.call.Route, "attempt": a.number,
			"duration_ms": realTime().Sub(start).Round(time.Millisecond).Milliseconds(),
		}
		if err != nil {
			// The error's text may quote an address with ids in it; its kind is enough here.
			tflog.SubsystemWarn(r.Context(), subsystem, "request without an answer", fields)
			return nil, err
		}
		fields["status"] = resp.StatusCode
		fields["request_id"] = requestID(resp.StatusCode, resp.Header, a.body)
		tflog.SubsystemDebug(r.Context(), subsystem, "request answered", fields)
		return resp, nil
	}
}
