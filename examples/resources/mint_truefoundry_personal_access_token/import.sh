# The id of the token, or its name. The token itself cannot be had again: it stays null.
terraform import mint_truefoundry_personal_access_token.audit caudit0123456789abcdef01
