# Own tokens that nobody has used for 90 days.
data "mint_truefoundry_personal_access_tokens" "idle" {
  unused_for = "90d"
}

# Own tokens of a pipeline that expire within two weeks.
data "mint_truefoundry_personal_access_tokens" "ending" {
  name_contains  = "pipeline-"
  expires_within = "14d"
}

# Tokens of a pipeline that are in no state, such as those of an interrupted apply.
data "mint_truefoundry_personal_access_tokens" "leftover" {
  name_prefix = "pipeline-"
  except_ids  = ["caudit0123456789abcdef01"]
}

output "leftover_tokens" {
  value = [for token in data.mint_truefoundry_personal_access_tokens.leftover.tokens : token.id if token.minted_by_provider]
}

output "idle_tokens" {
  value = [for token in data.mint_truefoundry_personal_access_tokens.idle.tokens : token.name]
}
