# Accounts of one team that have no end.
data "mint_truefoundry_virtual_accounts" "endless" {
  owned_by_teams = ["platform"]
  never_expires  = true
}

# Accounts whose end has passed.
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
