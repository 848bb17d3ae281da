# A token that lives for 90 days. A new one is minted, and the old one revoked, when a trigger
# changes.
resource "mint_truefoundry_personal_access_token" "pipeline" {
  name_prefix = "pipeline-"
  lifetime    = "90d"

  rotation_triggers = {
    quarter = "2030-q1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# A token that rotates by itself in its last two weeks. The previous token works for three more
# days, during which it is in previous_id and previous_secret.
resource "mint_truefoundry_personal_access_token" "service" {
  name_prefix          = "service-"
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"
}

# A token with a fixed name, a fixed expiry and a team.
resource "mint_truefoundry_personal_access_token" "audit" {
  name       = "audit"
  team_name  = "platform"
  expires_at = "2035-01-31T00:00:00Z"
}

output "pipeline_token" {
  value     = mint_truefoundry_personal_access_token.pipeline.token
  sensitive = true
}
