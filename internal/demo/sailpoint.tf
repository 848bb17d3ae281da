terraform {
  required_providers {
    mint = {
      source = "tokenmint/mint"
    }
  }
}

# The credentials come from SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.
provider "mint" {}

variable "reader_name" {
  type    = string
  default = "demo-reader"
}

variable "reader_scope" {
  type    = set(string)
  default = ["sp:my-personal-access-tokens:read"]
}

variable "generation" {
  type    = string
  default = "1"
}

variable "adopted" {
  type        = map(string)
  default     = {}
  description = "Tokens to import: name to ID."
}

variable "look" {
  type        = bool
  default     = false
  description = "Whether to read the data sources."
}

resource "mint_sailpoint_personal_access_token" "reader" {
  name          = var.reader_name
  scope         = var.reader_scope
  never_expires = true
}

resource "mint_sailpoint_personal_access_token" "pipeline" {
  name_prefix = "demo-pipeline-"
  scope       = ["sp:my-personal-access-tokens:read"]
  lifetime    = "30d"

  rotation_triggers = {
    generation = var.generation
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Rotates by itself in its last week; the previous token works for three days more.
resource "mint_sailpoint_personal_access_token" "service" {
  name_prefix          = "demo-service-"
  scope                = ["sp:my-personal-access-tokens:read"]
  lifetime             = "30d"
  rotate_before_expiry = "7d"
  overlap              = "3d"
}

import {
  for_each = var.adopted
  to       = mint_sailpoint_personal_access_token.adopted[each.key]
  id       = each.value
}

resource "mint_sailpoint_personal_access_token" "adopted" {
  for_each = var.adopted

  name          = each.key
  scope         = ["sp:scopes:default"]
  never_expires = true
}

data "mint_sailpoint_personal_access_token" "reader" {
  count = var.look ? 1 : 0
  name  = var.reader_name
}

data "mint_sailpoint_personal_access_tokens" "mine" {
  count = var.look ? 1 : 0
}
