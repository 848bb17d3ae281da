# terraform query lists them; terraform query -generate-config-out=adopted.tf writes the blocks
# that adopt them.
list "mint_truefoundry_personal_access_token" "adoptable" {
  provider = mint
  limit    = 250

  config {
    name_contains = "ci"
    unused_for    = "30d"
  }
}
