terraform {
  required_providers {
    mint = {
      source = "tokenmint/mint"
    }
  }
}

variable "sailpoint_client_secret" {
  description = "The secret of the personal access token that the provider authenticates with."
  type        = string
  sensitive   = true
}

provider "mint" {
  sailpoint = {
    base_url      = "https://acme.api.identitynow.com"
    client_id     = "86f1dc6fe8f54414950454cbb11278fa"
    client_secret = var.sailpoint_client_secret
  }
}
