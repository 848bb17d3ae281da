// Package rotation is the domain logic of a token's life: pure decisions over what is configured, what is known and, where it
// matters, the time, together with the arguments that every token resource shares.
//
// Two rules shape it. Terraform plans every change twice, from the same prior state and with a later clock, and the two
// plans must agree: so nothing here shapes a plan by the clock. And a token is rotated only when somebody asked for it.
package rotation
