// Package api is the client of SailPoint Identity Security Cloud's personal access token API, after the vendor's page "Personal
// Access Tokens" in all its versions and the page "Authentication". It knows nothing of Terraform.
package api
