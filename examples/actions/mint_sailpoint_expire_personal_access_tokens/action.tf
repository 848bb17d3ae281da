# Whatever nobody has used for 90 days expires in 14 days, so that its owner can still object.
# First with dry_run = true:
# terraform apply -invoke=action.mint_sailpoint_expire_personal_access_tokens.unused
action "mint_sailpoint_expire_personal_access_tokens" "unused" {
  config {
    all_owners = true
    unused_for = "90d"
    expires_in = "14d"
    max_count  = 100
    dry_run    = true
  }
}
