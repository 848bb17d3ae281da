import {
  to = mint_magpie_service_account_exclusive_access_token.billing
  identity = {
    user_name = "billing@acme.example"
  }
}
