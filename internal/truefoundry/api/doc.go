// Package api is the client of TrueFoundry's personal access tokens and virtual accounts, after the vendor's pages "Personal
// Access Tokens" and "Virtual Accounts" of its API reference. It knows nothing of Terraform.
//
// Control planes of very different age are in use, so rows are read leniently, and fields that are not known here are kept.
// A list is believed only when its pages fit together: whoever is missing from it is gone.
package api
