# The tokens of a service account that are switched on, with what an import would store of each.
list "mint_magpie_service_account_access_token" "loader" {
  provider         = mint
  include_resource = true

  config {
    user_name = "loader@acme.example"
    disabled  = false
  }
}
