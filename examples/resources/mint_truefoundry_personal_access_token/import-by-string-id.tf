import {
  to = mint_truefoundry_personal_access_token.audit
  id = "audit"
}
