# Switches two tokens of a service account off, which can be undone: invoke it with
# terraform apply -invoke=action.mint_magpie_disable_access_tokens.suspected
action "mint_magpie_disable_access_tokens" "suspected" {
  config {
    user_name = "loader@acme.example"
    ids       = ["1018", "1021"]
  }
}
