# A token for this apply only: nothing is minted while planning, and the token is revoked at the
# end. ephemeral.mint_magpie_personal_access_token.notebook.token goes where Terraform stores
# nothing: in a provider block, or in a write-only argument of another provider's resource.
ephemeral "mint_magpie_personal_access_token" "notebook" {
  lifetime  = "30m"
  mint_when = terraform.applying
  verify    = true
}
