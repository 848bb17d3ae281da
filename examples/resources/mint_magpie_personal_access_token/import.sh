# The id is the one that Magpie lists. The token itself cannot be read again: it stays null.
terraform import mint_magpie_personal_access_token.notebook 1017
