# Revokes every personal access token of somebody who leaves, with the key of an administrator's
# virtual account. First with dry_run = true:
# terraform apply -invoke=action.mint_truefoundry_revoke_user_personal_access_tokens.leaver
action "mint_truefoundry_revoke_user_personal_access_tokens" "leaver" {
  config {
    user_email = "leaver@acme.example"
    dry_run    = true
  }
}
