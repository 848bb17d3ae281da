# Accounts of one team that never expire.
data "mint_truefoundry_virtual_accounts" "endless" {
  owned_by_teams = ["platform"]
  never_expires  = true
}

# Accounts that have expired.
data "mint_truefoundry_virtual_accounts" "expired" {
  expired = true
}

# Accounts of a pipeline that Terraform does not manage.
data "mint_truefoundry_virtual_accounts" "unmanaged" {
  name_prefix = "pipeline-"
  except_ids  = ["creporting0123456789abcd"]
}

output "endless_accounts" {
  value = [for account in data.mint_truefoundry_virtual_accounts.endless.virtual_accounts : account.name]
}
