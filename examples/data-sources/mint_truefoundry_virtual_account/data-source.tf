data "mint_truefoundry_virtual_account" "reporting" {
  name = "reporting"
}

output "reporting_account_ends" {
  value = data.mint_truefoundry_virtual_account.reporting.expiration_date
}
