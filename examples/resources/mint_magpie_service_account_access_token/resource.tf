# Two consumers of one service account, each with a token of its own.
resource "mint_magpie_service_account_access_token" "loader" {
  user_name   = "loader@acme.example"
  description = "ingestion pipeline"
}

# Switched off without being deleted, until disabled is removed here.
resource "mint_magpie_service_account_access_token" "fallback" {
  user_name   = "loader@acme.example"
  description = "fallback"
  disabled    = true
}
