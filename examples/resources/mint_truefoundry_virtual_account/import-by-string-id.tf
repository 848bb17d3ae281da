import {
  to = mint_truefoundry_virtual_account.reporting
  id = "reporting"
}
