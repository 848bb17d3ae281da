package truefoundry

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
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
	value, _ := reflect.ValueOf(m).Elem().FieldByIndex(f.index).Interface().(attr.Value)
	return value
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
	if all, ok := value.(types.Set); ok && f.attribute == permissionsAttribute && len(all.Elements()) == 0 {
		// An empty list says as much as none, and cannot be asked for.
		value = f.null()
	}
	return value, err
}

// null is no value of the field.
func (f manifestField) null() attr.Value {
	value, _ := valueOf(nil, f.kind)
	return value
}

// contradicts reports whether two manifests show different values of a field.
func (f manifestField) contradicts(shown, asked api.Manifest) bool {
	want, _ := f.read(asked)
	value, err := f.read(shown)
	return err == nil && !want.IsNull() && !value.IsNull() && !value.Equal(want)
}

// manifest is the whole manifest to put: what is configured, and the keys of the current one that are not known here.
func (m *manifestModel) manifest(name string, withPermissions bool, current api.Manifest) api.Manifest {
	all := api.NewManifest(name)
	known := map[string]bool{api.KeyName: true, api.KeyType: true}
	for _, f := range manifestFields() {
		known[f.key] = true
		value := m.get(f)
		if !isKnown(value) || f.attribute == permissionsAttribute && (!withPermissions || len(m.Permissions.Elements()) == 0) {
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

// compare notes where the answer to a put differs from what was asked for: while the control plane keeps answering this, it is no
// drift. It spells a value in its own way, fills a default in, does not clear a field that is left out, or does not know the field. What
// did not happen as it was asked for is said once. The prior manifest is nil for a creation.
func compare(planned manifestModel, prior *manifestModel, answer api.Manifest, record *rotation.Record) diag.Diagnostics {
	var diags diag.Diagnostics
	was := record.Normalized
	record.Normalized = nil
	if answer == nil {
		return diags
	}
	for _, f := range manifestFields() {
		want := planned.get(f)
		shown, err := f.read(answer)
		if err == nil && shown.Equal(want) || f.attribute == permissionsAttribute && want.IsNull() {
			// Permissions that are left out stay as they are.
			continue
		}
		record.Normalize(f.attribute, shown)
		switch {
		case f.attribute == permissionsAttribute && answer[f.key] == nil:
			// Newer control planes keep permissions elsewhere.
		case want.IsNull() && (prior == nil || prior.get(f).IsNull()):
			// A default.
		case prior != nil && prior.get(f).Equal(want) && was[f.attribute] == record.Normalized[f.attribute]:
			// It has been said.
		case want.IsNull():
			diags.AddAttributeWarning(path.Root(f.attribute), changedRequest,
				"The manifest was sent without "+f.key+", and TrueFoundry still shows it: "+shown.String()+". To remove it, use TrueFoundry's console.")
		default:
			diags.AddAttributeWarning(path.Root(f.attribute), changedRequest,
				"TrueFoundry accepted the manifest, but shows another value of "+f.key+" than was requested: "+shown.String()+". This version of TrueFoundry may not know the field. The state keeps the requested value as long as the server shows this one.")
		}
	}
	return diags
}

// changedRequest is the summary of what is said once of a request that was not carried out as it was sent.
const changedRequest = "The server changed the request"

// fromAPI reads a manifest of the server. What cannot be read, and what the server has been answering since the last put, leaves a
// field as it was.
func (m *manifestModel) fromAPI(manifest api.Manifest, normalized map[string]string, withPermissions bool) {
	if manifest == nil {
		return
	}
	for _, f := range manifestFields() {
		if f.attribute == permissionsAttribute && (!withPermissions || manifest[f.key] == nil) {
			continue
		}
		value, err := f.read(manifest)
		answered, ok := normalized[f.attribute]
		if err == nil && !(ok && answered == value.String()) && !value.Equal(m.get(f)) {
			m.set(f, value)
		}
	}
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
