# A token that lives for 90 days. A new one is minted, and the old one revoked, when a trigger
# changes.
resource "mint_sailpoint_personal_access_token" "pipeline" {
  name_prefix = "pipeline-"
  scope       = ["sp:my-personal-access-tokens:manage"]
  lifetime    = "90d"

  rotation_triggers = {
    quarter = "2030-Q1"
  }

  lifecycle {
    create_before_destroy = true
  }
}

# A token that rotates by itself in its last two weeks. The previous token works for three more
# days, during which it is in previous_id and previous_secret.
resource "mint_sailpoint_personal_access_token" "service" {
  name_prefix          = "service-"
  scope                = ["sp:my-personal-access-tokens:read"]
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"
}

# The same, with secrets that nobody but the recipients can read: they are never stored in plain
# text.
resource "mint_sailpoint_personal_access_token" "sealed" {
  name_prefix          = "sealed-"
  scope                = ["sp:my-personal-access-tokens:read"]
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"

  encrypt_secret_to = ["age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"]
}

# A token with a fixed name and a fixed expiry, whose bearer tokens live for ten minutes.
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
