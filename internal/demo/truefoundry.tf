terraform {
  required_providers {
    mint = {
      source = "tokenmint/mint"
    }
  }
}

# The credentials come from TFY_HOST and TFY_API_KEY.
provider "mint" {}

variable "generation" {
  type    = string
  default = "1"
}

variable "team" {
  type    = string
  default = "platform"
}

variable "adopted" {
  type        = map(string)
  default     = {}
  description = "Virtual accounts to import: name to ID."
}

resource "mint_truefoundry_personal_access_token" "ci" {
  name_prefix = "demo-ci-"
  lifetime    = "30d"
  overlap     = "1d"

  rotation_triggers = {
    generation = var.generation
  }
}

resource "mint_truefoundry_virtual_account" "gateway" {
  name    = "demo-gateway"
  overlap = "24h"

  owned_by = {
    team = var.team
  }

  rotation_triggers = {
    generation = var.generation
  }
}

import {
  for_each = var.adopted
  to       = mint_truefoundry_virtual_account.adopted[each.key]
  id       = each.value
}

resource "mint_truefoundry_virtual_account" "adopted" {
  for_each = var.adopted

  name = each.key
}
