package provider_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

const inventoryType = "mint_access_tokens"

// archive is a system whose lists say what a test wants them to.
type archive struct {
	name  string
	nouns []shelf
}

// shelf is the list of one noun of an archive.
type shelf struct {
	kind     string
	facts    []rotation.Facts
	isVague  bool
	warning  string
	err      error
	accounts *[]string
}

// archivist is the client of an archive. Its server is far ahead of this machine.
type archivist struct{}

func (archivist) Now() time.Time { return archiveNow() }

func archiveNow() time.Time { return time.Date(2040, 1, 31, 12, 0, 0, 0, time.UTC) }

// in is a time that many days from the servers' now.
func in(days int) *time.Time {
	at := archiveNow().AddDate(0, 0, days)
	return &at
}

// system is the archive as the provider sees it.
func (a archive) system() system.System {
	s := system.System{
		Name: a.name, Title: "The " + a.name, Block: system.Block{BaseURL: system.Argument{Variable: a.name}},
		Connect: func(system.Values) any { return archivist{} },
	}
	for _, one := range a.nouns {
		of := lifecycle.Listing[rotation.Facts]{
			Noun: system.Noun{System: a.name, Type: one.kind, Words: a.name + " " + one.kind}, Vague: one.isVague,
			Facts: func(f rotation.Facts) rotation.Facts { return f },
		}
		s.Inventory = append(s.Inventory, lifecycle.NewInventory(of, func(_ context.Context, r lifecycle.Reading[archivist], accounts []string) ([]rotation.Facts, error) {
			if one.accounts != nil {
				*one.accounts = accounts
			}
			if one.warning != "" {
				r.Diags.AddWarning(one.warning, "It works for now.")
			}
			return one.facts, one.err
		}))
	}
	return s
}

// archives starts a provider of these archives, with a block.
func archives(t *testing.T, block values, all ...archive) *protocoltest.Engine {
	t.Helper()
	systems := make([]system.System, 0, len(all))
	for _, a := range all {
		systems = append(systems, a.system())
	}
	env := system.Env{Now: func() time.Time { return archiveNow().AddDate(-10, 0, 0) }, Getenv: func(string) string { return "" }, Version: "test"}
	construct := provider.NewOf(env, systems...)
	schemas := sync.OnceValues(func() (*protocoltest.Schemas, error) {
		return protocoltest.LoadSchemas(t.Context(), providerserver.NewProtocol6(construct())())
	})
	return protocoltest.Start(t, protocoltest.Process{Server: providerserver.NewProtocol6WithError(construct()), Schemas: schemas, Block: block})
}

// at is a provider block in which these systems are configured.
func at(names ...string) values {
	block := values{}
	for _, name := range names {
		block[name] = values{"base_url": "https://" + name + ".example"}
	}
	return block
}

// inventoried reads the inventory.
func inventoried(t *testing.T, e *protocoltest.Engine, config values) ([]protocoltest.Attributes, protocoltest.Diagnostics) {
	t.Helper()
	read, diagnostics := e.ReadDataSource(inventoryType, config)
	if read == nil {
		return nil, diagnostics
	}
	var rows []tftypes.Value
	if err := read["tokens"].As(&rows); err != nil {
		t.Fatal(err)
	}
	tokens := make([]protocoltest.Attributes, 0, len(rows))
	for _, row := range rows {
		var fields map[string]tftypes.Value
		if err := row.As(&fields); err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, fields)
	}
	return tokens, diagnostics
}

// idsOf are the ids of rows, in their order.
func idsOf(rows []protocoltest.Attributes) []string {
	ids := make([]string, 0, len(rows))
	for _, row := range rows {
		ids = append(ids, row.Text("id"))
	}
	return ids
}

// shows fails the test unless the inventory shows just these tokens, in this order, and returns what it says.
func shows(t *testing.T, e *protocoltest.Engine, config values, want ...string) protocoltest.Diagnostics {
	t.Helper()
	rows, diagnostics := inventoried(t, e, config)
	e.NoError(diagnostics)
	if got := idsOf(rows); !slices.Equal(got, want) {
		t.Errorf("with %v the inventory shows %q instead of %q", config, got, want)
	}
	return diagnostics
}
