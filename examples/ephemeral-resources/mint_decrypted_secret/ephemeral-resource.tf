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

resource "mint_truefoundry_personal_access_token" "deploy" {
  name_prefix          = "deploy-"
  lifetime             = "90d"
  rotate_before_expiry = "14d"
  overlap              = "3d"
  encrypt_secret_to    = [var.recipient]
}

# ephemeral.mint_decrypted_secret.deploy.secret is the plain token, in memory only. Use it where
# Terraform stores nothing: in a write-only argument of another provider's resource, or in a
# provider block.
ephemeral "mint_decrypted_secret" "deploy" {
  encrypted_secret = mint_truefoundry_personal_access_token.deploy.encrypted_secret
  identity         = var.identity
}
