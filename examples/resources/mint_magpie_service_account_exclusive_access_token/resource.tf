# The one token of a service account: minting it deletes all others of the account.
resource "mint_magpie_service_account_exclusive_access_token" "billing" {
  user_name   = "billing@acme.example"
  description = "the only token of this account"
}

# A change of the trigger rotates in place, and deletes all others of the account once more.
resource "mint_magpie_service_account_exclusive_access_token" "reporting" {
  user_name = "reporting@acme.example"

  rotation_triggers = {
    month = "2030-01"
  }
}
