# The token of an account that exists, for this run and not in the state. Nothing is minted or
# revoked.
ephemeral "mint_truefoundry_virtual_account_token" "reporting" {
  name = "reporting"
}

# Use ephemeral.mint_truefoundry_virtual_account_token.reporting.token where Terraform stores
# nothing: in the provider block of another provider, or in a write-only argument of a resource.
