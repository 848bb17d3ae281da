# Revokes the tokens of a service account that were minted before 2030, at most 50 of them:
# invoke it with
# terraform apply -invoke=action.mint_magpie_revoke_service_account_access_tokens.old
action "mint_magpie_revoke_service_account_access_tokens" "old" {
  config {
    user_name      = "loader@acme.example"
    created_before = "2030-01-01T00:00:00Z"
    max_count      = 50
  }
}
