package system_test

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// thing is a resource with an id, and with a switch that is on by default. What it says of an object is in its private state.
type thing struct{ system.ResourceBase[*client] }

func newThing() resource.Resource { return &thing{system.NewResourceBase[*client](noun())} }

func (*thing) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema.Attributes = map[string]schema.Attribute{
		"id": schema.StringAttribute{Computed: true},
		"on": schema.BoolAttribute{Optional: true, Computed: true, Default: booldefault.StaticBool(true)},
	}
}

func (*thing) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema.Attributes = map[string]identityschema.Attribute{"id": identityschema.StringAttribute{RequiredForImport: true}}
}

func (*thing) Create(context.Context, resource.CreateRequest, *resource.CreateResponse) {}
func (*thing) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (*thing) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (*thing) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

func (t *thing) PlansNothing(ctx context.Context, object system.Unchanged) (bool, diag.Diagnostics) {
	if !t.IsConnected() {
		return false, nil
	}
	word, _ := object.Private.GetKey(ctx, "word")
	switch string(word) {
	case "warn":
		return true, diag.Diagnostics{diag.NewWarningDiagnostic("Beware", "Of this.")}
	case "change":
		return false, nil
	}
	return true, nil
}

// glimpse is what a thing has found of an object.
type glimpse struct{ isChanged bool }

func (g glimpse) IsUnchanged() bool           { return !g.isChanged }
func (g glimpse) Identity() map[string]string { return map[string]string{"id": "1"} }

func (*thing) ReadStored(ctx context.Context, object system.Stored) system.Sighting {
	word, _ := object.Private.GetKey(ctx, "word")
	return glimpse{string(word) == "change"}
}

// The texts are of private state as the framework writes it.
const (
	says      = `{"word":"b2s="}`
	warns     = `{"word":"d2Fybg=="}`
	changes   = `{"word":"Y2hhbmdl"}`
	timeouts  = `{"word":"b2s=",".timeouts":"e30="}`
	notJSON   = `word`
	thingType = "mint_sailpoint_personal_access_token"
)

func dynamic(t *testing.T, kind tftypes.Object, values map[string]tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	value := tftypes.NewValue(kind, nil)
	if values != nil {
		value = tftypes.NewValue(kind, values)
	}
	encoded, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	return &encoded
}

// stored is a thing as it is stored; on is nil where a configuration says nothing.
func stored(t *testing.T, id, on any) *tfprotov6.DynamicValue {
	t.Helper()
	return dynamic(t, tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "on": tftypes.Bool}}, map[string]tftypes.Value{
		"id": tftypes.NewValue(tftypes.String, id), "on": tftypes.NewValue(tftypes.Bool, on),
	})
}

func noThing(t *testing.T) *tfprotov6.DynamicValue {
	t.Helper()
	return dynamic(t, tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String, "on": tftypes.Bool}}, nil)
}

// identity is that of a thing; an empty id is that of one of which nothing is known.
func identity(t *testing.T, id string) *tfprotov6.ResourceIdentityData {
	t.Helper()
	var values map[string]tftypes.Value
	if id != "" {
		values = map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, id)}
	}
	return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(t, tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}, values)}
}

func isIdentity(one, other *tfprotov6.ResourceIdentityData) bool {
	return one != nil && string(one.IdentityData.MsgPack) == string(other.IdentityData.MsgPack)
}

// things is a shortcut of a provider that is configured.
func things() *system.Shortcut {
	s := system.NewShortcut("mint", []func() resource.Resource{newThing})
	s.Connect(system.ProviderData{"sailpoint": connected(&client{"own"})})
	return s
}

// TestPlanUnchanged: a plan is answered for an object that Terraform proposes as it is, and for nothing else.
func TestPlanUnchanged(t *testing.T) {
	t.Parallel()
	type request = tfprotov6.PlanResourceChangeRequest
	for name, c := range map[string]struct {
		change  func(*request)
		answers bool
		warns   bool
	}{
		"unchanged":               {func(*request) {}, true, false},
		"with a warning":          {func(r *request) { r.PriorPrivate = []byte(warns) }, true, true},
		"without an identity":     {func(r *request) { r.PriorIdentity = nil }, true, false},
		"off by its argument":     {func(r *request) { set(r, stored(t, "1", false)); r.Config = stored(t, nil, false) }, true, false},
		"off without an argument": {func(r *request) { set(r, stored(t, "1", false)) }, false, false},
		"changed by the plan":     {func(r *request) { r.PriorPrivate = []byte(changes) }, false, false},
		"changed by its argument": {func(r *request) { r.ProposedNewState = stored(t, "1", false) }, false, false},
		"new":                     {func(r *request) { r.PriorState = noThing(t) }, false, false},
		"gone":                    {func(r *request) { set(r, noThing(t)) }, false, false},
		"without a configuration": {func(r *request) { r.Config = noThing(t) }, false, false},
		"of another type":         {func(r *request) { r.TypeName += "s" }, false, false},
		"a key of the framework":  {func(r *request) { r.PriorPrivate = []byte(timeouts) }, false, false},
		"unreadable private":      {func(r *request) { r.PriorPrivate = []byte(notJSON) }, false, false},
		"meta of the provider":    {func(r *request) { r.ProviderMeta = noThing(t) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &request{TypeName: thingType, Config: stored(t, nil, nil), PriorPrivate: []byte(says), PriorIdentity: identity(t, "1")}
			set(r, stored(t, "1", true))
			c.change(r)
			answer := things().PlanUnchanged(t.Context(), r)
			if (answer != nil) != c.answers {
				t.Fatalf("the answer is %v", answer)
			}
			if answer == nil {
				return
			}
			want := r.PriorIdentity
			if want == nil {
				want = identity(t, "")
			}
			if answer.PlannedState != r.PriorState || string(answer.PlannedPrivate) != string(r.PriorPrivate) || !isIdentity(answer.PlannedIdentity, want) {
				t.Errorf("planned is %+v", answer)
			}
			if said := answer.Diagnostics; (len(said) == 1 && said[0].Severity == tfprotov6.DiagnosticSeverityWarning && said[0].Summary == "Beware" && said[0].Detail == "Of this.") != c.warns || len(said) > 1 {
				t.Errorf("said is %v", said)
			}
		})
	}
}

// set makes a state the one that there is and that is proposed.
func set(r *tfprotov6.PlanResourceChangeRequest, state *tfprotov6.DynamicValue) {
	r.PriorState, r.ProposedNewState = state, state
}

// TestReadStored: a refresh is answered for an object that is as it is stored, and for nothing else; what was found is carried to the framework.
func TestReadStored(t *testing.T) {
	t.Parallel()
	type request = tfprotov6.ReadResourceRequest
	for name, c := range map[string]struct {
		change           func(*request)
		answers, carries bool
	}{
		"unchanged":              {func(*request) {}, true, true},
		"without an identity":    {func(r *request) { r.CurrentIdentity = nil }, true, true},
		"with another identity":  {func(r *request) { r.CurrentIdentity = identity(t, "2") }, false, true},
		"changed":                {func(r *request) { r.Private = []byte(changes) }, false, true},
		"gone":                   {func(r *request) { r.CurrentState = noThing(t) }, false, false},
		"of another type":        {func(r *request) { r.TypeName += "s" }, false, false},
		"a key of the framework": {func(r *request) { r.Private = []byte(timeouts) }, false, false},
		"unreadable private":     {func(r *request) { r.Private = []byte(notJSON) }, false, false},
		"meta of the provider":   {func(r *request) { r.ProviderMeta = noThing(t) }, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &request{TypeName: thingType, CurrentState: stored(t, "1", true), Private: []byte(says), CurrentIdentity: identity(t, "1")}
			c.change(r)
			answer, ctx := things().ReadStored(t.Context(), r)
			if (answer != nil) != c.answers {
				t.Fatalf("the answer is %v", answer)
			}
			if answer != nil && (answer.NewState != r.CurrentState || string(answer.Private) != string(r.Private) || !isIdentity(answer.NewIdentity, identity(t, "1")) || len(answer.Diagnostics) > 0) {
				t.Errorf("read is %+v", answer)
			}
			if _, carries := system.Carried[glimpse](ctx); carries != c.carries {
				t.Errorf("what was found is carried: %t", carries)
			}
		})
	}
}

// TestShortcut_disconnected: before the provider is configured, and after its configuration has failed, nothing is answered.
func TestShortcut_disconnected(t *testing.T) {
	t.Parallel()
	was := things()
	was.Disconnect()
	for name, s := range map[string]*system.Shortcut{"never": system.NewShortcut("mint", []func() resource.Resource{newThing}), "no more": was} {
		plan := &tfprotov6.PlanResourceChangeRequest{TypeName: thingType, Config: stored(t, nil, nil), PriorPrivate: []byte(says)}
		set(plan, stored(t, "1", true))
		if answer := s.PlanUnchanged(t.Context(), plan); answer != nil || s.Connected() != nil {
			t.Errorf("%s: planned is %+v", name, answer)
		}
		read := &tfprotov6.ReadResourceRequest{TypeName: thingType, CurrentState: stored(t, "1", true), Private: []byte(says)}
		if answer, _ := s.ReadStored(t.Context(), read); answer != nil {
			t.Errorf("%s: read is %+v", name, answer)
		}
	}
}

// TestRecall: a copy of what a run remembers does not change with the run, which can go back to it.
func TestRecall(t *testing.T) {
	t.Parallel()
	c := connected(&client{"own"})
	run := system.ProviderData{"sailpoint": c}
	c.Remember("1")
	before := run.Memory()
	c.Remember("2")
	c.Note("key", "text")
	if !c.FirstNotice("notice") || c.Count("tokens", 2) != 2 || c.First("tokens", 3) != 3 {
		t.Fatal("nothing is remembered")
	}
	run.Recall(before)
	if !c.Remembers("1") || c.Remembers("2") || c.Noted("key") != "" || !c.FirstNotice("notice") || c.Count("tokens", 1) != 1 || c.First("tokens", 4) != 4 {
		t.Errorf("remembered is %+v", run.Memory())
	}
}
