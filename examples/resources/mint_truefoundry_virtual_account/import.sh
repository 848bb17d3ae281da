# The id of the account, or its name. The token is read where TrueFoundry gives it away; otherwise it stays null.
terraform import mint_truefoundry_virtual_account.reporting creporting0123456789abcd
