package lifecycle_test

import "github.com/tokenmint/terraform-provider-mint/internal/protocoltest"

// The tests drive the toys through the protocol-level engine. These are its words that most of them use.
type (
	values      = protocoltest.Values
	action      = protocoltest.Action
	diagnostics = protocoltest.Diagnostics
	object      = protocoltest.Object
	engine      = protocoltest.Engine
	run         = protocoltest.Run
)

const (
	nothing = protocoltest.Nothing
	create  = protocoltest.Create
	update  = protocoltest.Update
	rotate  = protocoltest.Rotate
	replace = protocoltest.Replace

	unknown = protocoltest.Unknown
)
