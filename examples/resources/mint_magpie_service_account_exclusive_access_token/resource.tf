# The one token of a service account: minting it deletes all others of the account.
resource "mint_magpie_service_account_exclusive_access_token" "billing" {
  user_name   = "billing@acme.example"
  description = "the only token of this account"
}

# Rotated in place every 30 days, and when the trigger changes, which deletes all others of the
# account again.
resource "mint_magpie_service_account_exclusive_access_token" "reporting" {
  user_name    = "reporting@acme.example"
  rotate_after = "30d"

  rotation_triggers = {
    month = "2030-01"
  }
}
