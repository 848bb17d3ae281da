import {
  to = mint_magpie_personal_access_token.notebook
  id = "1017"
}
