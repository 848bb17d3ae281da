package lifecycle

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// NewInventory is what a noun adds to the inventory. List returns what the caller may see, beside an error those rows that came before it;
// accounts are those whose tokens nothing but their names leads to.
func NewInventory[C clock, R any](of Listing[R], list func(ctx context.Context, r Reading[C], accounts []string) ([]R, error)) system.Inventory {
	now := func(run *system.Connection) time.Time { return system.ClientOf[C](run).Now() }
	return system.Inventory{Noun: of.Noun, Vague: of.Vague, HidesUse: of.HidesUse, Now: now, List: func(ctx context.Context, run *system.Connection, accounts []string) ([]rotation.Facts, diag.Diagnostics, error) {
		client := system.ClientOf[C](run)
		var diags diag.Diagnostics
		rows, err := list(ctx, Reading[C]{client, run, &diags}, accounts)
		all := make([]rotation.Facts, len(rows))
		for i, row := range rows {
			all[i] = of.Facts(row)
			all[i].Status = all[i].StatusAt(now(run))
		}
		return all, diags, err
	}}
}
