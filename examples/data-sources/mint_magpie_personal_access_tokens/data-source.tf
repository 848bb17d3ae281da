# Own tokens that expire within two weeks.
data "mint_magpie_personal_access_tokens" "ending" {
  expires_within = "14d"
}

# Own tokens that are in no state, such as those of an interrupted apply.
data "mint_magpie_personal_access_tokens" "leftover" {
  except_ids = ["1017"]
}

output "leftover_tokens" {
  value = [for token in data.mint_magpie_personal_access_tokens.leftover.tokens : token.id]
}
