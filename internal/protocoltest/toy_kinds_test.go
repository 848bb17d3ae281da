package protocoltest_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	ephemeralschema "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// loan is the ephemeral resource: a thing that is there while it is open.
type loan struct{ *toy }

type loanModel struct {
	Name   types.String `tfsdk:"name"`
	ID     types.String `tfsdk:"id"`
	Secret *secret      `tfsdk:"secret"`
}

type secret struct {
	Key types.String `tfsdk:"key"`
}

func (r *loan) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "toy_loan"
}

func (r *loan) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = ephemeralschema.Schema{Attributes: map[string]ephemeralschema.Attribute{
		"name": ephemeralschema.StringAttribute{Required: true},
		"id":   ephemeralschema.StringAttribute{Computed: true},
		"secret": ephemeralschema.SingleNestedAttribute{Computed: true, Attributes: map[string]ephemeralschema.Attribute{
			"key": ephemeralschema.StringAttribute{Computed: true, Sensitive: true},
		}},
	}}
}

func (r *loan) ValidateConfig(ctx context.Context, req ephemeral.ValidateConfigRequest, resp *ephemeral.ValidateConfigResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	if name.ValueString() == "unspeakable" {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Unspeakable", "Take another one.")
	}
}

func (r *loan) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model loanModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if r.quirks.talks {
		resp.Diagnostics.AddWarning("Opened", "")
	}
	if r.quirks.failOpen {
		resp.Diagnostics.AddError("Out of stock", "Come back later.")
		return
	}
	id := r.send(ctx, http.MethodPost, "name="+model.Name.ValueString())
	// JSON may write its brackets in two ways.
	if model.ID, model.Secret = types.StringValue(id), (&secret{types.StringValue("<" + id + ">")}); r.quirks.vague {
		model.ID = types.StringUnknown()
	}
	if r.quirks.otherName {
		model.Name = types.StringValue("another")
	}
	kept := fmt.Sprintf("%q", id)
	if r.quirks.leaks {
		kept = `"\u003c` + id + `\u003e"`
	}
	resp.RenewAt = time.Date(2030, time.January, 1, 0, 0, 0, 0, time.UTC)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "id", []byte(kept))...)
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}

func (r *loan) Renew(ctx context.Context, req ephemeral.RenewRequest, resp *ephemeral.RenewResponse) {
	id, diagnostics := req.Private.GetKey(ctx, "id")
	resp.Diagnostics.Append(diagnostics...)
	renewed := `"renewed"`
	if r.quirks.leaksLater {
		renewed = `"<` + strings.Trim(string(id), `"`) + `>"`
	}
	resp.RenewAt = time.Date(2031, time.January, 1, 0, 0, 0, 0, time.UTC)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, "id", []byte(renewed))...)
}

func (r *loan) Close(ctx context.Context, req ephemeral.CloseRequest, resp *ephemeral.CloseResponse) {
	id, diagnostics := req.Private.GetKey(ctx, "id")
	resp.Diagnostics.Append(diagnostics...)
	if r.quirks.failDelete {
		resp.Diagnostics.AddError("Stuck", "It stays.")
		return
	}
	r.send(ctx, http.MethodDelete, "id="+strings.Trim(string(id), `"`))
}

// things is the list resource.
type things struct{ *toy }

func (r *things) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "toy_thing"
}

func (r *things) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = listschema.Schema{Attributes: map[string]listschema.Attribute{"name": listschema.StringAttribute{Optional: true}}}
}

func (r *things) ValidateListResourceConfig(ctx context.Context, req list.ValidateConfigRequest, resp *list.ValidateConfigResponse) {
	var name types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	if name.ValueString() == "unspeakable" {
		resp.Diagnostics.AddAttributeError(path.Root("name"), "Unspeakable", "Take another one.")
	}
}

func (r *things) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var name types.String
	failed := list.ListResult{}
	failed.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("name"), &name)...)
	all := r.ids()
	stream.Results = func(push func(list.ListResult) bool) {
		if r.quirks.talks {
			remark := list.ListResult{}
			if remark.Diagnostics.AddWarning("Listing", fmt.Sprintf("%d at most", req.Limit)); !push(remark) {
				return
			}
		}
		for _, id := range slices.Sorted(maps.Keys(all)) {
			if !name.IsNull() && name.ValueString() != all[id] {
				continue
			}
			if !push(r.row(ctx, req, id, all[id])) {
				return
			}
			if r.quirks.failList {
				r.quirks.failList = r.quirks.babbles
				failed.Diagnostics.AddError("Torn off", "The rest is missing.")
				if !push(failed) || !r.quirks.babbles {
					return
				}
			}
		}
	}
}

func (r *things) row(ctx context.Context, req list.ListRequest, id, name string) list.ListResult {
	row := req.NewListResult(ctx)
	row.DisplayName = id + " " + name
	if !r.quirks.nameless {
		row.Diagnostics.Append(row.Identity.SetAttribute(ctx, path.Root("id"), id)...)
	}
	if req.IncludeResource && !r.quirks.bare {
		row.Diagnostics.Append(row.Resource.Set(ctx, model{ID: types.StringValue(id), Name: types.StringValue(name)})...)
	}
	return row
}

// removal is the action.
type removal struct{ *toy }

func (r *removal) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = "toy_remove"
}

func (r *removal) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = actionschema.Schema{Attributes: map[string]actionschema.Attribute{
		"ids": actionschema.ListAttribute{Required: true, ElementType: types.StringType},
	}}
}

func (r *removal) ValidateConfig(ctx context.Context, req action.ValidateConfigRequest, resp *action.ValidateConfigResponse) {
	var ids types.List
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("ids"), &ids)...)
	if !ids.IsUnknown() && len(ids.Elements()) == 0 {
		resp.Diagnostics.AddAttributeError(path.Root("ids"), "Nothing to remove", "Name a thing.")
	}
}

func (r *removal) ModifyPlan(_ context.Context, _ action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	if r.quirks.talks {
		resp.Diagnostics.AddWarning("Planned", "")
	}
}

func (r *removal) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var ids []string
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("ids"), &ids)...)
	for _, id := range ids {
		resp.SendProgress(action.InvokeProgressEvent{Message: "removing " + id})
		if r.quirks.failRemove {
			resp.Diagnostics.AddError("Stuck", "It stays.")
			return
		}
		r.send(ctx, http.MethodDelete, "id="+id)
	}
}
