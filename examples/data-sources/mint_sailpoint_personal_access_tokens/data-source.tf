# Own tokens that nobody has used for 90 days.
data "mint_sailpoint_personal_access_tokens" "idle" {
  unused_for = "90d"
}

# Tokens of the whole tenant that have all rights of their owner and never expire.
data "mint_sailpoint_personal_access_tokens" "dangerous" {
  all_owners    = true
  scope         = "sp:scopes:all"
  never_expires = true
  managed       = false
}

# Tokens of a pipeline that are in no state, such as those of an interrupted apply.
data "mint_sailpoint_personal_access_tokens" "leftover" {
  name_prefix = "pipeline-"
  except_ids  = ["1d1bef2b9f426383447f64f69349fc7c"]
}

output "leftover_tokens" {
  value = [for token in data.mint_sailpoint_personal_access_tokens.leftover.tokens : token.id if token.minted_by_provider]
}

output "idle_tokens" {
  value = [for token in data.mint_sailpoint_personal_access_tokens.idle.tokens : token.name]
}
