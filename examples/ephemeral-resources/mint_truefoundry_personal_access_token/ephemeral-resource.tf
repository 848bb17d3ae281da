# A token for this run only, minted in the apply and not in the plan. TrueFoundry cannot extend
# it: it must live longer than the run.
ephemeral "mint_truefoundry_personal_access_token" "audit" {
  name_prefix = "audit-"
  lifetime    = "2h"
  mint_when   = terraform.applying
  verify      = true
}

# Use ephemeral.mint_truefoundry_personal_access_token.audit.token where Terraform stores
# nothing: in the provider block of another provider, or in a write-only argument of a resource.
