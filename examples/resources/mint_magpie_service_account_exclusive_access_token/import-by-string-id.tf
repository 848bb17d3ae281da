import {
  to = mint_magpie_service_account_exclusive_access_token.billing
  id = "billing@acme.example"
}
