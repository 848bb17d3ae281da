package serve

// What the tests look at from outside.
var (
	Begin      = begin
	Forgetful  = forgetful
	LogsWanted = logsWanted
)

// MostShells is how many ended calls are remembered.
const MostShells = mostShells
