# The private key that decrypts: for example export TF_VAR_identity="$(cat key.txt)" before
# terraform plan and terraform apply.
variable "identity" {
  type      = string
  sensitive = true
  ephemeral = true
}

# Its public key, as age-keygen prints it, or the line in id_ed25519.pub.
variable "recipient" {
  type = string
}

resource "mint_sailpoint_personal_access_token" "service" {
  name_prefix          = "service-"
  scope                = ["sp:my-personal-access-tokens:read"]
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"
  encrypt_secret_to    = [var.recipient]
}

# The plain secret, in memory only. Use it where Terraform stores nothing: in a write-only
# argument of another provider's resource, or in a provider block.
locals {
  service_secret = provider::mint::decrypt(mint_sailpoint_personal_access_token.service.encrypted_secret, var.identity)
}
