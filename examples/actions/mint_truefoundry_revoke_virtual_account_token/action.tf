variable "jwt_id" {
  type        = string
  default     = ""
  description = "The id of the issued token, as jwts of the data source mint_truefoundry_virtual_account shows it."
}

# Revokes one issued token of an account that has leaked; the account and its other tokens stay:
# terraform apply -invoke=action.mint_truefoundry_revoke_virtual_account_token.leaked -var jwt_id=…
action "mint_truefoundry_revoke_virtual_account_token" "leaked" {
  config {
    name   = "reporting"
    jwt_id = var.jwt_id
  }
}
