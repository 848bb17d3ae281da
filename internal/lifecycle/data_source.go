package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// Listing is what the data sources of a noun share; R is a row of the server's list.
type Listing[R any] struct {
	Noun system.Noun
	// Facts are what a row is looked up and selected by.
	Facts func(R) rotation.Facts
	// Vague is set where a list may not tell when a token expires and when it was last used.
	Vague bool
	// HidesUse is set where some servers do not record when a token was last used, and then no row tells.
	HidesUse bool
	// Advise says what can be done about a list that was refused; nil where the general advice is enough.
	Advise func(error) []string
}

// Reading is one read of a data source.
type Reading[C any] struct {
	Client C
	Run    *system.Connection
	// Diags takes warnings.
	Diags *diag.Diagnostics
}

// DataSourceModel is the model of a data source: a pointer to a struct M. C is the system's client.
type DataSourceModel[C, M, R any] interface {
	*M
	Schema() schema.Schema
	// List returns the rows to choose from: the run's one list, or what the server has selected.
	List(ctx context.Context, r Reading[C]) ([]R, error)
}

// LookupModel is the model of one token, with the attribute id and, where tokens have names, name.
type LookupModel[C, M, R any] interface {
	DataSourceModel[C, M, R]
	// FromAPI takes in what a row tells.
	FromAPI(row R, now time.Time)
	// Absent says that none of the rows has the value of the attribute.
	Absent(rows int, attribute, value string) string
}

// SelectionModel is the model of all tokens that pass filters. It embeds [rotation.Audit], or a part of it.
type SelectionModel[C, M, R any] interface {
	DataSourceModel[C, M, R]
	// Selects applies the audit filters, and Passes the model's own.
	Selects(facts rotation.Facts, now time.Time) bool
	Passes(row R, now time.Time) bool
	// Show takes in the rows that pass all filters.
	Show(rows []R, now time.Time)
}

// clock is a client, which knows the server's time.
type clock interface{ Now() time.Time }

// dataSource reads a list, from which it takes what it shows.
type dataSource[M any, C clock, R any, P DataSourceModel[C, M, R]] struct {
	system.DataSourceBase[C]
	listing Listing[R]
	verb    system.Verb
	take    func(m P, all []R, now time.Time) diag.Diagnostics
}

// NewLookup returns the data source of one token, which is looked up by its id or its name.
func NewLookup[M any, C clock, R any, P LookupModel[C, M, R]](of Listing[R]) datasource.DataSource {
	return &dataSource[M, C, R, P]{system.NewDataSourceBase[C](of.Noun, false), of, system.Read, func(m P, all []R, now time.Time) diag.Diagnostics {
		row, problem := of.find(all, m, m.Absent)
		if problem != nil {
			return diag.Diagnostics{problem}
		}
		m.FromAPI(row, now)
		return nil
	}}
}

// NewSelection returns the data source of all tokens that pass filters.
func NewSelection[M any, C clock, R any, P SelectionModel[C, M, R]](of Listing[R]) datasource.DataSource {
	return &dataSource[M, C, R, P]{system.NewDataSourceBase[C](of.Noun, true), of, system.List, func(m P, all []R, now time.Time) diag.Diagnostics {
		var selected []R
		for _, row := range all {
			if m.Selects(of.Facts(row), now) && m.Passes(row, now) {
				selected = append(selected, row)
			}
		}
		slices.SortStableFunc(selected, of.byName)
		m.Show(selected, now)
		return nil
	}}
}

// Shown is what a selection shows of its rows. Where there are none, it is a list without elements, and not null.
func Shown[F, R any](rows []R, now time.Time, fromAPI func(*F, R, time.Time)) []F {
	shown := make([]F, len(rows))
	for i, row := range rows {
		fromAPI(&shown[i], row, now)
	}
	return shown
}

// Schema implements [datasource.DataSource].
func (*dataSource[M, C, R, P]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = P(new(M)).Schema()
}

// Read implements [datasource.DataSource].
func (d *dataSource[M, C, R, P]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	m := P(new(M))
	client, ok := d.Begin(ctx, req, resp, m)
	if !ok {
		return
	}
	all, err := m.List(ctx, Reading[C]{client, d.Connection(), &resp.Diagnostics})
	if err != nil {
		resp.Diagnostics.Append(d.Failure(d.verb, err, d.listing.advice(err)...))
		return
	}
	d.WarnOwnCredential(&resp.Diagnostics)
	if resp.Diagnostics.Append(d.take(m, all, client.Now())...); !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, m)...)
	}
}

func (l Listing[R]) advice(err error) []string {
	if l.Advise == nil {
		return nil
	}
	return l.Advise(err)
}

// find returns the one row that has the id or the name of a model.
func (l Listing[R]) find(all []R, m any, absent func(rows int, attribute, value string) string) (row R, problem diag.Diagnostic) {
	attribute, of := "id", func(f rotation.Facts) string { return f.ID }
	if rotation.IsGiven(m, "name") {
		attribute, of = "name", func(f rotation.Facts) string { return f.Name }
	}
	value := rotation.Text(m, attribute)
	var found []R
	var lines []string
	for _, row := range all {
		facts := l.Facts(row)
		if of(facts) != value {
			continue
		}
		line := "id " + facts.ID
		if facts.CreatedAt != nil {
			line += ", created " + rotation.Format(*facts.CreatedAt)
		}
		found, lines = append(found, row), append(lines, line)
	}
	switch {
	case len(found) == 0:
		return row, diag.NewAttributeErrorDiagnostic(at(attribute), "No such "+l.Noun.Words, absent(len(all), attribute, value))
	case len(found) > 1 && attribute == "name":
		return row, diag.NewAttributeErrorDiagnostic(at(attribute), "Several "+l.Noun.Words+"s have this name",
			fmt.Sprintf("The name %q belongs to several: %s. Set id instead of name.", value, strings.Join(lines, "; ")))
	}
	return found[0], nil
}

// byName orders rows by name, then by id. Rows without names stay in the server's order.
func (l Listing[R]) byName(a, b R) int {
	one, other := l.Facts(a), l.Facts(b)
	if one.Name == other.Name && one.Name != "" {
		return strings.Compare(one.ID, other.ID)
	}
	return strings.Compare(one.Name, other.Name)
}
