terraform {
  required_providers {
    mint = {
      source = "tokenmint/mint"
    }
  }
}

# The credentials come from MAGPIE_BASE_URL and MAGPIE_ACCESS_TOKEN.
provider "mint" {}

variable "disabled" {
  type    = bool
  default = false
}

variable "generation" {
  type    = string
  default = "1"
}

variable "adopted" {
  type        = map(string)
  default     = {}
  description = "Tokens of the service account to import: description to ID."
}

resource "mint_magpie_personal_access_token" "notebook" {
  description = "demo notebook"
}

resource "mint_magpie_service_account_access_token" "loader" {
  user_name   = "demo-loader@acme.example"
  description = "demo loader"
  disabled    = var.disabled
  overlap     = "3d"

  rotation_triggers = {
    generation = var.generation
  }
}

resource "mint_magpie_service_account_exclusive_access_token" "reporting" {
  user_name = "demo-reporting@acme.example"

  rotation_triggers = {
    generation = var.generation
  }
}

import {
  for_each = var.adopted
  to       = mint_magpie_service_account_access_token.adopted[each.key]
  id       = "demo-loader@acme.example/${each.value}"
}

resource "mint_magpie_service_account_access_token" "adopted" {
  for_each = var.adopted

  user_name   = "demo-loader@acme.example"
  description = each.key
}
