data "mint_truefoundry_personal_access_token" "audit" {
  name = "audit"
}

output "audit_token_ends" {
  value = data.mint_truefoundry_personal_access_token.audit.expires_at
}
