data "mint_magpie_service_account_access_token" "loader" {
  user_name = "loader@acme.example"
  id        = "1018"
}
