package sandbox

import (
	"fmt"
	"strings"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

const routesHelp = `Control server of the sandbox. Bodies and answers are JSON; a mistake answers 400 with {"error": "..."}.

GET    /live                  live tokens: one key per system, each an array of {"id", "owner", "name", "status"}
GET    /journal               every request so far, as an array; ?system= &method= &route= &path= &status= &caller= select
DELETE /journal               forget them
GET    /clock                 {"now": "..."}
POST   /clock?advance=24h     move the clock of all systems
GET    /faults                faults that have hits left
POST   /faults                {"system": "sailpoint", "method": "POST", "route": "/personal-access-tokens/v1", "times": 1, "fault": "drop-after"}
                              an empty system, method or route matches anything
DELETE /faults                drop them
POST   /seed                  add objects that the provider does not know; answers what was made, secrets included:
                              {"sailpoint": {
                                "users":  [{"id", "name", "admin", "reads_managed"}],
                                "tokens": [{"id", "owner", "name", "scope", "managed", "access_token_validity_seconds",
                                            "created", "last_used", "expiration"}]}}
                              name is required; owner is a user's ID or name, the first administrator by default; times are
                              RFC 3339 or a duration such as "-48h", counted from the clock; no expiration means never
GET    /switches              what the emulators do where a vendor leaves it open, by system
PUT    /switches              change the switches that are named, e.g. {"sailpoint": {"hide_expired": true}}

`

func (sb *Sandbox) help() string {
	var text strings.Builder
	text.WriteString(routesHelp)
	text.WriteString("Systems:\n")
	for _, s := range sb.systems {
		fmt.Fprintf(&text, "  %-22s%s\n", s.name, s.listener.url())
	}
	text.WriteString("\nFaults:\n")
	for _, word := range fakeapi.FaultWords() {
		fmt.Fprintf(&text, "  %-22s%s\n", word.Word, word.Meaning)
	}
	return text.String()
}
