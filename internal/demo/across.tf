terraform {
  required_providers {
    mint = {
      source = "tokenmint/mint"
    }
  }
}

# The credentials of all systems come from the environment.
provider "mint" {}

resource "mint_sailpoint_personal_access_token" "report" {
  name     = "demo-report"
  scope    = ["sp:my-personal-access-tokens:read"]
  lifetime = "30d"
}

resource "mint_magpie_personal_access_token" "report" {
  description = "demo report"
}

resource "mint_truefoundry_virtual_account" "report" {
  name = "demo-report"
}

# A token for one run. It is minted when an apply needs it, and revoked at the end.
ephemeral "mint_sailpoint_personal_access_token" "lent" {
  scope     = ["sp:my-personal-access-tokens:read"]
  lifetime  = "10m"
  mint_when = terraform.applying
}

# What is in memory only may configure a provider.
provider "mint" {
  alias = "lent"
  sailpoint = {
    client_id     = ephemeral.mint_sailpoint_personal_access_token.lent.id
    client_secret = ephemeral.mint_sailpoint_personal_access_token.lent.secret
  }
}

# It is read in the apply that creates the others: with the lent token, which it sees beside them.
data "mint_sailpoint_personal_access_tokens" "seen" {
  provider   = mint.lent
  depends_on = [terraform_data.run]
}

variable "run" {
  type    = string
  default = "1"
}

resource "terraform_data" "run" {
  triggers_replace = [var.run]
}

data "mint_access_tokens" "all" {
  depends_on = [
    mint_sailpoint_personal_access_token.report,
    mint_magpie_personal_access_token.report,
    mint_truefoundry_virtual_account.report,
  ]
}
