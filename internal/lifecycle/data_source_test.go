package lifecycle_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/lifecycle"
	"github.com/tokenmint/terraform-provider-mint/internal/rest"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// shelf is the client of a system whose tokens are a list in memory.
type shelf struct {
	rows []rotation.Facts
	err  error
}

func shelfTime() time.Time { return time.Date(2030, 1, 31, 12, 0, 0, 0, time.UTC) }

func (*shelf) Now() time.Time { return shelfTime() }

// shelfFacts is a token as the data sources show it, and the model of the one.
type shelfFacts struct {
	ID     types.String `tfsdk:"id"`
	Name   types.String `tfsdk:"name"`
	Status types.String `tfsdk:"status"`
}

func shelfAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{"id": lifecycle.TextFact("Id."), "name": lifecycle.TextFact("Name."), "status": lifecycle.TextFact("Status.")}
}

func (*shelfFacts) Schema() schema.Schema {
	return schema.Schema{Attributes: lifecycle.Attributes(shelfAttributes(), lifecycle.KeyArguments("The id.", "The name."))}
}

func (*shelfFacts) List(_ context.Context, r lifecycle.Reading[*shelf]) ([]rotation.Facts, error) {
	r.Diags.AddWarning("Listed on "+r.Run.System.Title, "")
	return r.Client.rows, r.Client.err
}

func (*shelfFacts) Absent(_ int, attribute, value string) string {
	return "no " + attribute + " " + value
}

func (f *shelfFacts) FromAPI(row rotation.Facts, now time.Time) {
	f.ID, f.Name = types.StringValue(row.ID), types.StringValue(row.Name)
	f.Status = types.StringValue(rotation.Status(row.ExpiresAt, now))
}

// shelfSelection is the model of many.
type shelfSelection struct {
	rotation.Audit
	Without types.String `tfsdk:"without"`
	Tokens  []shelfFacts `tfsdk:"tokens"`
}

func (*shelfSelection) Schema() schema.Schema {
	return schema.Schema{Attributes: lifecycle.Attributes(rotation.AuditArguments(), map[string]schema.Attribute{
		"without": lifecycle.TextArgument("A name."), "tokens": lifecycle.ListFact("The tokens.", shelfAttributes()),
	})}
}

func (*shelfSelection) List(_ context.Context, r lifecycle.Reading[*shelf]) ([]rotation.Facts, error) {
	return r.Client.rows, r.Client.err
}

func (m *shelfSelection) Passes(row rotation.Facts, _ time.Time) bool {
	return m.Without.IsNull() || row.Name != m.Without.ValueString()
}

func (m *shelfSelection) Show(rows []rotation.Facts, now time.Time) {
	m.Tokens = lifecycle.Shown(rows, now, (*shelfFacts).FromAPI)
}

func shelved() lifecycle.Listing[rotation.Facts] {
	return lifecycle.Listing[rotation.Facts]{
		Noun:   system.Noun{System: "shelf", Type: "token", Words: "shelf token"},
		Facts:  func(row rotation.Facts) rotation.Facts { return row },
		Advise: func(error) []string { return []string{"Dust it."} },
	}
}

// readShelf reads a data source with a configuration.
func readShelf(t *testing.T, source datasource.DataSource, client *shelf, config map[string]any) (tfsdk.State, diag.Diagnostics) {
	t.Helper()
	connection := system.NewConnection(system.System{
		Name: "shelf", Title: "Shelf", Connect: func(system.Values) any { return client },
		Block: system.Block{BaseURL: system.Argument{Default: "https://shelf.example"}},
	}, types.ObjectNull(nil), system.Settings{})
	configurable, ok := source.(datasource.DataSourceWithConfigure)
	if !ok {
		t.Fatal("it cannot be configured")
	}
	configurable.Configure(t.Context(), datasource.ConfigureRequest{ProviderData: system.ProviderData{"shelf": connection}}, &datasource.ConfigureResponse{})
	var declared datasource.SchemaResponse
	source.Schema(t.Context(), datasource.SchemaRequest{}, &declared)
	kind := declared.Schema.Type().TerraformType(t.Context())
	object, _ := kind.(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, of := range object.AttributeTypes {
		values[name] = tftypes.NewValue(of, config[name])
	}
	raw := tftypes.NewValue(kind, values)
	resp := datasource.ReadResponse{State: tfsdk.State{Schema: declared.Schema, Raw: raw.Copy()}}
	source.Read(t.Context(), datasource.ReadRequest{Config: tfsdk.Config{Schema: declared.Schema, Raw: raw}}, &resp)
	return resp.State, resp.Diagnostics
}

func filledShelf() *shelf {
	at := func(days int) *time.Time { t := shelfTime().AddDate(0, 0, days); return &t }
	return &shelf{rows: []rotation.Facts{
		{ID: "3", Name: "b", CreatedAt: at(-1), ExpiresAt: at(-1)},
		{ID: "2", Name: "b", ExpiresAt: at(1)},
		{ID: "9", Name: "a"},
		{ID: "7"},
		{ID: "5"},
	}}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config map[string]any
		// id and status are those of the token that is found; otherwise at, summary and detail are of the error.
		id, status, at, summary, detail string
	}{
		"by id":           {config: map[string]any{"id": "3"}, id: "3", status: "expired"},
		"by name":         {config: map[string]any{"name": "a"}, id: "9", status: "active"},
		"no such id":      {config: map[string]any{"id": "a"}, at: "id", summary: "No such shelf token", detail: "no id a"},
		"no such name":    {config: map[string]any{"name": "9"}, at: "name", summary: "No such shelf token", detail: "no name 9"},
		"several by name": {config: map[string]any{"name": "b"}, at: "name", summary: "Several shelf tokens have this name", detail: `The name "b" belongs to several: id 3, created 2030-01-30T12:00:00Z; id 2. Set id instead of name.`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state, diags := readShelf(t, lifecycle.NewLookup[shelfFacts, *shelf](shelved()), filledShelf(), c.config)
			if diags.WarningsCount() != 1 || diags.Warnings()[0].Summary() != "Listed on Shelf" {
				t.Errorf("warned of %v", diags.Warnings())
			}
			if c.summary != "" {
				want := diag.NewAttributeErrorDiagnostic(path.Root(c.at), c.summary, c.detail)
				if diags.ErrorsCount() != 1 || !diags.Errors()[0].Equal(want) {
					t.Errorf("got %v", diags.Errors())
				}
				return
			}
			var got shelfFacts
			if diags.Append(state.Get(t.Context(), &got)...); diags.HasError() || got.ID.ValueString() != c.id || got.Status.ValueString() != c.status {
				t.Errorf("got %v, %v", got, diags)
			}
		})
	}
}

func TestSelection(t *testing.T) {
	t.Parallel()
	ids := func(values ...any) []tftypes.Value {
		var set []tftypes.Value
		for _, value := range values {
			set = append(set, tftypes.NewValue(tftypes.String, value))
		}
		return set
	}
	for name, c := range map[string]struct {
		config map[string]any
		want   []string
	}{
		// By name, then by id; what has no name as the server lists it.
		"all":              {nil, []string{"7", "5", "9", "2", "3"}},
		"audit":            {map[string]any{"never_expires": false}, []string{"2", "3"}},
		"own filter":       {map[string]any{"without": "b"}, []string{"7", "5", "9"}},
		"both":             {map[string]any{"expires_within": "1h", "without": "a"}, []string{"3"}},
		"leftovers":        {map[string]any{"name_prefix": "b", "except_ids": ids("3", nil, "9")}, []string{"2"}},
		"except none":      {map[string]any{"except_ids": ids(nil)}, []string{"7", "5", "9", "2", "3"}},
		"nothing, no null": {map[string]any{"created_before": "2000-01-01T00:00:00Z"}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client := filledShelf()
			before := slices.Clone(client.rows)
			state, diags := readShelf(t, lifecycle.NewSelection[shelfSelection, *shelf](shelved()), client, c.config)
			var m shelfSelection
			if diags.Append(state.Get(t.Context(), &m)...); len(diags) > 0 {
				t.Fatal(diags)
			}
			got := []string{}
			for _, token := range m.Tokens {
				got = append(got, token.ID.ValueString())
			}
			if m.Tokens == nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q instead of %q", got, c.want)
			}
			// The list is everybody's.
			if !slices.EqualFunc(before, client.rows, func(a, b rotation.Facts) bool { return a.ID == b.ID }) {
				t.Error("the run's list was changed")
			}
		})
	}
}

// TestDataSource_refused: an error names the noun and what was done, and carries the kind's own advice.
func TestDataSource_refused(t *testing.T) {
	t.Parallel()
	client := &shelf{err: &rest.Error{System: "Shelf", Message: "no"}}
	for summary, source := range map[string]datasource.DataSource{
		"Unable to read shelf token":  lifecycle.NewLookup[shelfFacts, *shelf](shelved()),
		"Unable to list shelf tokens": lifecycle.NewSelection[shelfSelection, *shelf](shelved()),
	} {
		_, diags := readShelf(t, source, client, map[string]any{"id": "3"})
		if diags.ErrorsCount() != 1 || diags.Errors()[0].Summary() != summary || !strings.HasSuffix(diags.Errors()[0].Detail(), "\n\nDust it.") {
			t.Errorf("%s: %v", summary, diags)
		}
	}
	general := shelved()
	general.Advise = nil
	_, diags := readShelf(t, lifecycle.NewLookup[shelfFacts, *shelf](general), &shelf{err: errors.New("no")}, map[string]any{"id": "3"})
	if diags.ErrorsCount() != 1 || diags.Errors()[0].Detail() != "No." {
		t.Error(diags)
	}
}

// TestAttributes: the later of two attributes with one name counts, and the parts stay as they are.
func TestAttributes(t *testing.T) {
	t.Parallel()
	facts := shelfAttributes()
	all := lifecycle.Attributes(facts, lifecycle.KeyArguments("The id.", "The name."))
	if got := slices.Sorted(maps.Keys(all)); !slices.Equal(got, []string{"id", "name", "status"}) {
		t.Errorf("got %q", got)
	}
	if !all["id"].IsOptional() || !all["id"].IsComputed() || all["id"].GetMarkdownDescription() != "The id. Exactly one of `id` and `name` must be set." || facts["id"].IsOptional() {
		t.Errorf("got %+v of %+v", all["id"], facts["id"])
	}
}
