package rotation

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// OwnerTypes are the types of the attribute owner, which has the same shape wherever a system tells whose a token is: the id and the name
// of an identity, each null where the system does not report it.
func OwnerTypes() map[string]attr.Type {
	return map[string]attr.Type{"id": types.StringType, "name": types.StringType}
}

// OwnerValue is an owner; null where neither the id nor the name is known.
func OwnerValue(id, name string) types.Object {
	if id == "" && name == "" {
		return types.ObjectNull(OwnerTypes())
	}
	text := func(value string) types.String {
		if value == "" {
			return types.StringNull()
		}
		return types.StringValue(value)
	}
	return types.ObjectValueMust(OwnerTypes(), map[string]attr.Value{"id": text(id), "name": text(name)})
}
