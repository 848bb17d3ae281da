import {
  to = mint_truefoundry_virtual_account.reporting
  identity = {
    id = "creporting0123456789abcd"
  }
}
