# A token of a service account, in every plan and every apply. It is lent for 15 minutes at a
# time: Terraform extends that while the run lasts. If the run is killed, the next one with this
# block revokes the token that is left behind.
ephemeral "mint_magpie_service_account_access_token" "loader" {
  user_name = "loader@acme.example"
  lifetime  = "15m"
}
