resource "mint_truefoundry_personal_access_token" "deploy" {
  name_prefix          = "deploy-"
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mint_truefoundry_revoke_personal_access_tokens.leftovers]
    }
  }
}

# Revokes what interrupted runs have left behind: every token with this prefix that the resource does not know. A run that is under way
# elsewhere keeps its new token, because that is younger than a day.
# Manually: terraform apply -invoke=action.mint_truefoundry_revoke_personal_access_tokens.leftovers
action "mint_truefoundry_revoke_personal_access_tokens" "leftovers" {
  config {
    name_prefix    = "deploy-"
    created_before = timeadd(plantimestamp(), "-24h")
    except_ids = [
      mint_truefoundry_personal_access_token.deploy.id,
      mint_truefoundry_personal_access_token.deploy.previous_id,
    ]
  }
}
