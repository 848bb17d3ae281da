# The id of the account, or its name. The next apply reads the token where TrueFoundry shows it;
# otherwise it stays null.
terraform import mint_truefoundry_virtual_account.reporting creporting0123456789abcd
