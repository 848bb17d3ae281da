// Package rest is HTTP as this provider speaks it: one client per system and run, and one chain that every request
// passes. The order of the chain is written down once, in [New]; each link has a file of its own.
//
// The package knows nothing of Terraform's schemas and nothing of any vendor. What a vendor decides (how to log in, how its
// error bodies read, how many requests it grants) comes in through [Options].
package rest
