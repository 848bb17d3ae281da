# Tokens of a service account that are switched on and were minted before 2030.
data "mint_magpie_service_account_access_tokens" "old" {
  user_name      = "loader@acme.example"
  disabled       = false
  created_before = "2030-01-01T00:00:00Z"
}

output "old_token_ids" {
  value = [for token in data.mint_magpie_service_account_access_tokens.old.tokens : token.id]
}
