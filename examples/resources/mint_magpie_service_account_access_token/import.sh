# "<user_name>/<id>". The token itself cannot be read again: it stays null.
terraform import mint_magpie_service_account_access_token.loader loader@acme.example/1018
