// Package api is the client of Silectis Magpie's access tokens, after the vendor's pages "Access Token API" and "Login API". It
// knows nothing of Terraform.
//
// The pages show no record of a list, no error and no status, so the client reads tolerantly and believes little: the list
// decides what exists, and a list that it does not understand is an error, never an empty one.
package api
