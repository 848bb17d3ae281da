# Own tokens that nobody has used for 90 days.
data "mint_truefoundry_personal_access_tokens" "idle" {
  unused_for = "90d"
}

# Own tokens of a pipeline that end within two weeks.
data "mint_truefoundry_personal_access_tokens" "ending" {
  name_contains  = "pipeline-"
  expires_within = "14d"
}

output "idle_tokens" {
  value = [for token in data.mint_truefoundry_personal_access_tokens.idle.tokens : token.name]
}
