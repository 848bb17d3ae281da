import {
  to = mint_truefoundry_personal_access_token.audit
  identity = {
    id = "caudit0123456789abcdef01"
  }
}
