# A token of the user that the provider logs in as.
resource "mint_magpie_personal_access_token" "notebook" {
  description = "nightly notebook"
}

# A change of the trigger mints a new token before the old one is deleted.
resource "mint_magpie_personal_access_token" "pipeline" {
  description = "deployment pipeline"

  rotation_triggers = {
    quarter = "2030-Q1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Rotated in place when it is 90 days old, and when the trigger changes. The previous token
# works for three more days, during which it is in previous_id and previous_secret.
resource "mint_magpie_personal_access_token" "dashboard" {
  description  = "dashboard"
  rotate_after = "90d"
  overlap      = "3d"

  rotation_triggers = {
    quarter = "2030-Q1"
  }
}

output "pipeline_token" {
  value     = mint_magpie_personal_access_token.pipeline.token
  sensitive = true
}
