# A token that lives for 90 days. A new one is minted, and the old one revoked, when a trigger changes.
resource "mint_sailpoint_personal_access_token" "pipeline" {
  name_prefix = "pipeline-"
  scope       = ["sp:my-personal-access-tokens:manage"]
  lifetime    = "2160h"

  rotation_triggers = {
    quarter = "2030-Q1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# A token with a fixed name and a fixed end, whose bearer tokens live for ten minutes.
resource "mint_sailpoint_personal_access_token" "audit" {
  name                          = "audit"
  scope                         = ["sp:my-personal-access-tokens:read"]
  access_token_validity_seconds = 600
  expires_at                    = "2035-01-31T00:00:00Z"
}

output "pipeline_client_id" {
  value = mint_sailpoint_personal_access_token.pipeline.id
}

output "pipeline_client_secret" {
  value     = mint_sailpoint_personal_access_token.pipeline.secret
  sensitive = true
}
