// Command schemajson prints the provider's schemas in the format of
// "terraform providers schema -json", taken straight from the provider's own
// protocol answers. The documentation generator reads it, so that generating
// documentation needs no Terraform, and no page depends on what the installed
// Terraform happens to know: older releases drop list resources, actions and
// identities from their dump without a word.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/tokenmint/terraform-provider-mint/internal/provider"
)

// providerKey names the provider in the dump. The documentation generator
// accepts only the short name or an address in the hashicorp namespace.
const providerKey = "mint"

func main() {
	server := providerserver.NewProtocol6(provider.New("dev")())()
	if err := write(context.Background(), os.Stdout, server); err != nil {
		fmt.Fprintln(os.Stderr, "schemajson:", err)
		os.Exit(1)
	}
}

// write asks the server for everything it declares and writes the dump to w.
func write(ctx context.Context, w io.Writer, server tfprotov6.ProviderServer) error {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("reading the provider schema: %w", err)
	}
	if err := failure(schemas.Diagnostics); err != nil {
		return fmt.Errorf("reading the provider schema: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return fmt.Errorf("reading the identity schemas: %w", err)
	}
	if err := failure(identities.Diagnostics); err != nil {
		return fmt.Errorf("reading the identity schemas: %w", err)
	}

	dump, err := providerDump(schemas, identities.IdentitySchemas)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(dump)
}

// failure joins the error diagnostics of an answer; warnings are not failures.
func failure(diagnostics []*tfprotov6.Diagnostic) error {
	var failures []error
	for _, diagnostic := range diagnostics {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			failures = append(failures, fmt.Errorf("%s: %s", diagnostic.Summary, diagnostic.Detail))
		}
	}
	return errors.Join(failures...)
}
