# Revokes one issued token of an account that has leaked; the account and its other tokens stay.
# The data source mint_truefoundry_virtual_account shows the ids under jwts:
# terraform apply -invoke=action.mint_truefoundry_revoke_virtual_account_token.leaked
action "mint_truefoundry_revoke_virtual_account_token" "leaked" {
  config {
    name   = "reporting"
    jwt_id = "cleaked0123456789abcdef0"
  }
}
