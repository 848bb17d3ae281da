package truefoundry

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/truefoundry/api"
)

// manifestModel is the part of a manifest that is configured; the name stands beside it.
type manifestModel struct {
	Permissions             types.Set    `tfsdk:"permissions"`
	ExpirationDate          types.String `tfsdk:"expiration_date"`
	AutoRotate              types.Object `tfsdk:"auto_rotate"`
	NotificationTarget      types.Object `tfsdk:"notification_target"`
	SecretStoreConfig       types.Object `tfsdk:"secret_store_config"`
	OwnedBy                 types.Object `tfsdk:"owned_by"`
	Tags                    types.Map    `tfsdk:"tags"`
	IdentityProviderMapping types.Set    `tfsdk:"identity_provider_mapping"`
	TokenType               types.String `tfsdk:"token_type"`
}

// permissionsAttribute is the one field that is left alone while it is not configured.
const permissionsAttribute = "permissions"

// manifestField leads from an attribute to a key of the manifest.
type manifestField struct {
	attribute, key string
	kind           attr.Type
	index          []int
}

// manifestFields are all fields that can be configured. An attribute has the name of its key, but for one.
var manifestFields = sync.OnceValue(func() []manifestField {
	attributes := manifestAttributes()
	var fields []manifestField
	for _, field := range reflect.VisibleFields(reflect.TypeFor[manifestModel]()) {
		name := field.Tag.Get("tfsdk")
		f := manifestField{name, name, attributes[name].GetType(), field.Index}
		if name == "owned_by" {
			f.key = api.KeyOwnedBy
		}
		fields = append(fields, f)
	}
	return fields
})

func textFields(names ...string) map[string]attr.Type {
	kinds := map[string]attr.Type{}
	for _, n := range names {
		kinds[n] = types.StringType
	}
	return kinds
}

// get returns the value of a field.
func (m *manifestModel) get(f manifestField) attr.Value {
	return valueIn(reflect.ValueOf(m).Elem().FieldByIndex(f.index))
}

// set gives a field a value of its type.
func (m *manifestModel) set(f manifestField, value attr.Value) {
	reflect.ValueOf(m).Elem().FieldByIndex(f.index).Set(reflect.ValueOf(value))
}

// read is the value of a field in a server's manifest.
func (f manifestField) read(manifest api.Manifest) (attr.Value, error) {
	value, err := valueOf(manifest[f.key], f.kind)
	if day, ok := value.(types.String); ok && f.key == api.KeyExpirationDate && !day.IsNull() {
		// A control plane may answer the day as a moment.
		if end, readable := api.ParseEnd(day.ValueString()); readable {
			value = types.StringValue(end.At.UTC().Format(time.DateOnly))
		}
	}
	return value, err
}

// manifest is the whole manifest to put: what is configured, and the keys of the current one that are not known here.
func (m *manifestModel) manifest(name string, withPermissions bool, current api.Manifest) api.Manifest {
	all := api.NewManifest(name)
	known := map[string]bool{api.KeyName: true, api.KeyType: true}
	for _, f := range manifestFields() {
		known[f.key] = true
		value := m.get(f)
		if !isKnown(value) || f.attribute == permissionsAttribute && !withPermissions {
			continue
		}
		all[f.key] = mustJSON(jsonOf(value, current[f.key]))
		// What the server has already is sent as the server spells it, so that what is not known here survives in it. A text
		// may be in a form that only answers have.
		if shown, err := f.read(current); err == nil && shown.Equal(value) && f.kind != attr.Type(types.StringType) {
			all[f.key] = current[f.key]
		}
	}
	for key, raw := range current {
		if !known[key] {
			all[key] = raw
		}
	}
	return all
}

// differs reports whether two models put different manifests.
func (m *manifestModel) differs(other manifestModel) bool {
	return slices.ContainsFunc(manifestFields(), func(f manifestField) bool { return !m.get(f).Equal(other.get(f)) })
}

// normalized is, by attribute, what the server answered to the last put where that was not what was asked for. While the server keeps
// saying so, it is no drift: it spells a value in its own way, fills a default in, does not clear a field that is left out, or does
// not know the field.
type normalized map[string]json.RawMessage

// compare returns where the answer to a put differs from what was asked for, and warns of what did not happen. The prior manifest is
// nil for a creation.
func compare(planned manifestModel, prior *manifestModel, answer api.Manifest) (normalized, diag.Diagnostics) {
	differing := normalized{}
	var diags diag.Diagnostics
	if answer == nil {
		return differing, diags
	}
	for _, f := range manifestFields() {
		want := planned.get(f)
		shown, err := f.read(answer)
		if err == nil && shown.Equal(want) {
			continue
		}
		differing[f.attribute] = answer[f.key]
		switch {
		case f.attribute == permissionsAttribute && (want.IsNull() || answer[f.key] == nil):
			// Newer control planes keep permissions elsewhere.
		case want.IsNull() && (prior == nil || prior.get(f).IsNull()):
			// A default.
		case want.IsNull():
			diags.AddAttributeWarning(path.Root(f.attribute), "TrueFoundry did not remove a field of the virtual account",
				"The manifest was sent without "+f.key+", and TrueFoundry still shows it. If it has to go, remove it in TrueFoundry's console.")
		default:
			diags.AddAttributeWarning(path.Root(f.attribute), "TrueFoundry changed a field of the virtual account",
				"TrueFoundry accepted the manifest, but shows another value of "+f.key+", or none: this version of TrueFoundry may not know the field. As long as TrueFoundry keeps answering this, the state has the configured value.")
		}
	}
	return differing, diags
}

// fromAPI reads a manifest of the server. What cannot be read, and what the server has been answering since the last put, leaves a
// field as it was.
func (m *manifestModel) fromAPI(manifest api.Manifest, known normalized, withPermissions bool) {
	if manifest == nil {
		return
	}
	for _, f := range manifestFields() {
		raw, shown := manifest[f.key]
		if f.attribute == permissionsAttribute && (!withPermissions || !shown) {
			continue
		}
		if answered, ok := known[f.attribute]; ok && sameJSON(answered, raw) {
			continue
		}
		if value, err := f.read(manifest); err == nil && !value.Equal(m.get(f)) {
			m.set(f, value)
		}
	}
}

// checkTarget refuses recipients that the kind of notification does not have, and the lack of those that it needs.
func checkTarget(target types.Object) diag.Diagnostics {
	var diags diag.Diagnostics
	kind, _ := target.Attributes()["type"].(types.String)
	if !isKnown(target) || !isKnown(kind) {
		return diags
	}
	at := path.Root("notification_target")
	for argument, wanted := range map[string]string{"to_emails": targetEmail, "channels": targetSlackBot} {
		value := target.Attributes()[argument]
		switch {
		case value.IsNull() && kind.ValueString() == wanted:
			diags.AddAttributeError(at.AtName(argument), "Missing recipients", `A notification target of the type "`+wanted+`" needs `+argument+".")
		case !value.IsNull() && kind.ValueString() != wanted:
			diags.AddAttributeError(at.AtName(argument), "Invalid recipients",
				"Only a notification target of the type \""+wanted+"\" has "+argument+", got \""+kind.ValueString()+"\".")
		}
	}
	return diags
}

// targetTypes are the kinds of notification targets.
func targetTypes() []string {
	return []string{targetEmail, "slack-webhook", targetSlackBot, "pagerduty", "ms-teams-webhook"}
}

const (
	targetEmail    = "email"
	targetSlackBot = "slack-bot"
)

func quoted(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }
