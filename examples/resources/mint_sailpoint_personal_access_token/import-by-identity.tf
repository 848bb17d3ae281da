import {
  to = mint_sailpoint_personal_access_token.audit
  identity = {
    id = "1d1bef2b9f426383447f64f69349fc7c"
  }
}
