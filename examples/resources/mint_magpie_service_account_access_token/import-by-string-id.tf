import {
  to = mint_magpie_service_account_access_token.loader
  id = "loader@acme.example/1018"
}
