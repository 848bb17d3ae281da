# Own tokens that end within two weeks.
data "mint_magpie_personal_access_tokens" "ending" {
  expires_within = "14d"
}
