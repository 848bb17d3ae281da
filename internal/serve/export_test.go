package serve

// What the tests look at from outside.
var (
	Begin      = begin
	Forgetful  = forgetful
	LogsWanted = logsWanted
)

// FullServer is what a wrapped server can do.
type FullServer = fullServer
