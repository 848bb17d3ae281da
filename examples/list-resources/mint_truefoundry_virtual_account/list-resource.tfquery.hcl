# terraform query lists them; terraform query -generate-config-out=adopted.tf writes the blocks
# that adopt them.
list "mint_truefoundry_virtual_account" "platform" {
  provider = mint
  limit    = 250

  config {
    owned_by_teams = ["platform"]
  }
}
