# Own tokens that nobody has used for 90 days.
data "mint_sailpoint_personal_access_tokens" "idle" {
  unused_for = "90d"
}

# Tokens of the whole tenant that have all rights of their owner and no end.
data "mint_sailpoint_personal_access_tokens" "dangerous" {
  all_owners    = true
  scope         = "sp:scopes:all"
  never_expires = true
  managed       = false
}

output "idle_tokens" {
  value = [for token in data.mint_sailpoint_personal_access_tokens.idle.tokens : token.name]
}
