# Two consumers of one service account, each with a token of its own.
resource "mint_magpie_service_account_access_token" "loader" {
  user_name   = "loader@acme.example"
  description = "ingestion pipeline"
}

# Rotated in place when it is 90 days old, and when the trigger changes. The previous token
# works for three more days.
resource "mint_magpie_service_account_access_token" "dashboard" {
  user_name    = "loader@acme.example"
  description  = "dashboard"
  rotate_after = "90d"
  overlap      = "3d"

  rotation_triggers = {
    quarter = "2030-Q1"
  }
}

# Switched off without being deleted, until disabled is removed here.
resource "mint_magpie_service_account_access_token" "fallback" {
  user_name   = "loader@acme.example"
  description = "fallback"
  disabled    = true
}
