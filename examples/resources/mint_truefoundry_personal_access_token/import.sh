# The id of the token, or its name; for a token of another user after that user's e-mail
# address, as in alice@example.com/audit. The token itself cannot be read again: it stays null.
terraform import mint_truefoundry_personal_access_token.audit caudit0123456789abcdef01
