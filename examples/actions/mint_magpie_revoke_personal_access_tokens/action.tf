# Revokes the user's tokens that are switched off, except those that this configuration manages.
# The provider must log in with username and password, or with session_token. Invoke it with
# terraform apply -invoke=action.mint_magpie_revoke_personal_access_tokens.unused, first with
# dry_run = true, which only says what it would do.
action "mint_magpie_revoke_personal_access_tokens" "unused" {
  config {
    disabled   = true
    except_ids = [mint_magpie_personal_access_token.notebook.id]
    dry_run    = true
  }
}

resource "mint_magpie_personal_access_token" "notebook" {
  description = "nightly notebook"
}
