# terraform query lists them; terraform query -generate-config-out=adopted.tf writes the blocks
# that adopt them.
list "mint_sailpoint_personal_access_token" "adoptable" {
  provider = mint
  limit    = 250

  config {
    name_prefix    = "ci-"
    expires_within = "90d"
  }
}
