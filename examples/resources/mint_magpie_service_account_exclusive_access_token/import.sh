# The user name, of an account that has exactly one token. The token itself cannot be read
# again: it stays null.
terraform import mint_magpie_service_account_exclusive_access_token.billing billing@acme.example
