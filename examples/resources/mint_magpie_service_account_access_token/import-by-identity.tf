import {
  to = mint_magpie_service_account_access_token.loader
  identity = {
    user_name = "loader@acme.example"
    id        = "1018"
  }
}
