terraform {
  required_providers {
    mint = {
      source = "tokenmint/mint"
    }
  }
}

# The credentials come from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.
provider "mint" {}

resource "mint_sailpoint_personal_access_token" "pipeline" {
  name_prefix = "pipeline-"
  scope       = ["sp:my-personal-access-tokens:read"]
  lifetime    = "10d"

  rotate_before_expiry = "3d"
  overlap              = "2d"
}
