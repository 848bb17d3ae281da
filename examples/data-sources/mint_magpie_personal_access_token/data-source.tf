data "mint_magpie_personal_access_token" "notebook" {
  id = "1017"
}

output "notebook_token_ends" {
  value = data.mint_magpie_personal_access_token.notebook.expires_at
}
