# The user's tokens that were minted before 2030.
# terraform query -generate-config-out=adopted.tf writes the blocks that adopt them.
list "mint_magpie_personal_access_token" "old" {
  provider = mint

  config {
    created_before = "2030-01-01T00:00:00Z"
  }
}
