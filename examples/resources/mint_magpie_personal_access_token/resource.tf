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

output "pipeline_token" {
  value     = mint_magpie_personal_access_token.pipeline.token
  sensitive = true
}
