# A change of the trigger gives the account a new token; the previous one works for another
# week.
resource "mint_truefoundry_virtual_account" "gateway" {
  name            = "gateway"
  expiration_date = "2035-01-31"
  overlap         = "7d"

  rotation_triggers = {
    quarter = "2030-q1"
  }
}

# An account of a team, with tags.
resource "mint_truefoundry_virtual_account" "reporting" {
  name            = "reporting"
  expiration_date = "2035-01-31"

  owned_by = {
    team = "platform"
  }

  tags = {
    environment = "production"
  }
}

# TrueFoundry rotates this one by itself, and puts the token into a secret store: it is not kept
# in the state.
resource "mint_truefoundry_virtual_account" "loader" {
  name        = "loader"
  store_token = false

  permissions = [
    {
      resource_fqn  = "cluster-eu:ingestion"
      resource_type = "workspace"
      role_id       = "workspace-viewer"
    },
  ]

  auto_rotate = {
    auto_rotate_interval = 90
    grace_period         = 7
  }

  notification_target = {
    type                 = "email"
    notification_channel = "acme:custom:email:alerts"
    to_emails            = ["platform@acme.example"]
  }

  secret_store_config = {
    integration_fqn = "acme:aws:secrets:parameter-store"
    secret_path     = "truefoundry/loader"
  }
}

output "gateway_token" {
  value     = mint_truefoundry_virtual_account.gateway.token
  sensitive = true
}
