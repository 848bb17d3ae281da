// Package system is what a system folder (SailPoint, and those to come) hands to the provider, and what it gets for free:
// its block in the provider configuration, bases for its objects, the settings that all share, and the one place where an API
// error becomes a diagnostic.
package system

import (
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// System is one vendor's system, as the provider sees it. Its folder exports nothing else.
type System struct {
	// Name is the attribute of the provider block and the prefix of every object's name.
	Name string
	// Title is the vendor's name for it, as messages show it.
	Title string
	// Block declares the system's part of the provider block.
	Block Block
	// Connect makes the client. It sends nothing.
	Connect func(values Values) any

	Resources          []func() resource.Resource
	DataSources        []func() datasource.DataSource
	EphemeralResources []func() ephemeral.EphemeralResource
	ListResources      []func() list.ListResource
	Actions            []func() action.Action
	Inventory          []Inventory
}

// ProviderData is what the provider hands to its objects: every system's connection by name.
type ProviderData map[string]*Connection
