import {
  to = mint_magpie_personal_access_token.notebook
  identity = {
    id = "1017"
  }
}
