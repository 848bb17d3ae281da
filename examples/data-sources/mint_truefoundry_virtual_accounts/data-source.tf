# Accounts of one team that have no end.
data "mint_truefoundry_virtual_accounts" "endless" {
  owned_by_teams = ["platform"]
  never_expires  = true
}

# Accounts whose end has passed.
data "mint_truefoundry_virtual_accounts" "expired" {
  expired = true
}

output "endless_accounts" {
  value = [for account in data.mint_truefoundry_virtual_accounts.endless.virtual_accounts : account.name]
}
