# Own tokens that nobody has used for 90 days.
data "mint_truefoundry_personal_access_tokens" "idle" {
  unused_for = "2160h"
}

# Own tokens of a pipeline that end within two weeks.
data "mint_truefoundry_personal_access_tokens" "ending" {
  name_contains  = "pipeline-"
  expires_within = "336h"
}

output "idle_tokens" {
  value = [for token in data.mint_truefoundry_personal_access_tokens.idle.tokens : token.name]
}
