# A token for this run only, minted in the apply and not in the plan.
ephemeral "mint_sailpoint_personal_access_token" "audit" {
  name_prefix                   = "audit-"
  scope                         = ["sp:my-personal-access-tokens:read"]
  access_token_validity_seconds = 900
  lifetime                      = "30m"
  mint_when                     = terraform.applying
  verify                        = true
}

# ephemeral.mint_sailpoint_personal_access_token.audit.id is the client id and .secret the
# client secret. Use them where Terraform stores nothing: in the provider block of another
# provider, or in a write-only argument of a resource.
