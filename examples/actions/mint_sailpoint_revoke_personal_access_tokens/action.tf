resource "mint_sailpoint_personal_access_token" "deploy" {
  name_prefix          = "deploy-"
  scope                = ["sp:my-personal-access-tokens:read"]
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.mint_sailpoint_revoke_personal_access_tokens.leftovers]
    }
  }
}

# Revokes what interrupted runs have left behind: every token with this prefix that the resource
# does not know. Another run that is under way keeps its new token, because that is younger than
# a day. Manually:
# terraform apply -invoke=action.mint_sailpoint_revoke_personal_access_tokens.leftovers
action "mint_sailpoint_revoke_personal_access_tokens" "leftovers" {
  config {
    name_prefix    = "deploy-"
    created_before = timeadd(plantimestamp(), "-24h")
    # Terraform 1.16 warns of these references, because it also has the symbol caller for them.
    # The warning does not matter here: the action runs after the change. Earlier releases have
    # no caller, and 1.14.0 would run an action without such a reference before the change.
    except_ids = [
      mint_sailpoint_personal_access_token.deploy.id,
      mint_sailpoint_personal_access_token.deploy.previous_id,
    ]
  }
}
