# Writes the token of an account to its secret store again, after somebody has changed the
# secret there:
# terraform apply -invoke=action.mint_truefoundry_sync_virtual_account_token.reporting
action "mint_truefoundry_sync_virtual_account_token" "reporting" {
  config {
    name  = "reporting"
    force = true
  }
}
