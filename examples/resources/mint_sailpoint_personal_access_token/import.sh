# The id is the client id of the token. Its secret cannot be read again: it stays null.
terraform import mint_sailpoint_personal_access_token.audit 1d1bef2b9f426383447f64f69349fc7c
