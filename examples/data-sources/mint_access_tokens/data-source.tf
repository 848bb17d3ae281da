resource "mint_sailpoint_personal_access_token" "pipeline" {
  name_prefix          = "pipeline-"
  scope                = ["sp:my-personal-access-tokens:read"]
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"
}

locals {
  # The tokens that this configuration manages. An id that a resource does not have at the
  # moment is null, and ignored.
  managed_ids = [
    mint_sailpoint_personal_access_token.pipeline.id,
    mint_sailpoint_personal_access_token.pipeline.previous_id,
  ]

  # Magpie does not tell which service accounts exist.
  service_accounts = ["loader@acme.example"]
}

# Every token on all configured systems that Terraform does not manage.
data "mint_access_tokens" "unmanaged" {
  except_ids              = local.managed_ids
  magpie_service_accounts = local.service_accounts
}

# The same as a table: what each owner has, and when it expires. Ephemeral tokens come and go
# with runs.
output "unmanaged_tokens" {
  value = {
    for token in data.mint_access_tokens.unmanaged.tokens : coalesce(token.owner, "unknown") => {
      system     = token.system
      kind       = token.kind
      name       = token.name
      expires_at = token.expires_at
    }... if !token.ephemeral
  }
}

# A check that fails is a warning in every plan and apply. A data source inside a check would be
# read again in every apply, and no plan would be empty.

# Magpie may not tell when a token expires: then it is taken for one that never does.
data "mint_access_tokens" "without_expiry" {
  never_expires           = true
  magpie_service_accounts = local.service_accounts
}

check "every_token_expires" {
  assert {
    condition = length(data.mint_access_tokens.without_expiry.tokens) == 0
    error_message = format("Tokens without an expiry: %s.", join(", ", [
      for token in data.mint_access_tokens.without_expiry.tokens : "${token.system} ${coalesce(token.name, token.id)}"
    ]))
  }
}

data "mint_access_tokens" "unused" {
  unused_for = "90d"
}

check "every_token_is_used" {
  assert {
    condition = length(data.mint_access_tokens.unused.tokens) == 0
    error_message = format("Tokens that nobody has used for 90 days: %s.", join(", ", [
      for token in data.mint_access_tokens.unused.tokens : "${token.system} ${coalesce(token.name, token.id)}"
    ]))
  }
}

data "mint_access_tokens" "expiring" {
  expires_within          = "7d"
  magpie_service_accounts = local.service_accounts
}

check "no_token_expires_soon" {
  assert {
    condition = alltrue([for token in data.mint_access_tokens.expiring.tokens : token.ephemeral])
    error_message = format("Tokens that expire within a week, or have expired: %s.", join(", ", [
      for token in data.mint_access_tokens.expiring.tokens : "${token.system} ${coalesce(token.name, token.id)}" if !token.ephemeral
    ]))
  }
}
