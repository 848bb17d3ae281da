# Tokens of a service account that are switched on and were minted before 2030.
data "mint_magpie_service_account_access_tokens" "old" {
  user_name      = "loader@acme.example"
  disabled       = false
  created_before = "2030-01-01T00:00:00Z"
}

# Tokens of a service account that are in no state, such as those of an interrupted apply.
data "mint_magpie_service_account_access_tokens" "leftover" {
  user_name  = "loader@acme.example"
  except_ids = ["1018"]
}

output "old_token_ids" {
  value = [for token in data.mint_magpie_service_account_access_tokens.old.tokens : token.id]
}
