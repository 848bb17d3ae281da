package api

// Account is whose tokens are meant: the caller's own, or those of a service account, by its user name.
type Account string

// IsPathName reports whether a text can stand in a path for itself: an empty one, "." and ".." would turn a route into another.
func IsPathName(text string) bool { return text != "" && text != "." && text != ".." }

// Own is the caller's own account.
const Own Account = ""

const (
	ownRoute     = root + "/access-token"
	userRoute    = root + "/access-token/user/{user}"
	rotateRoute  = root + "/access-token/rotate/{user}"
	tokenRoute   = root + "/access-token/{id}"
	describeText = tokenRoute + "/description"
	statusRoute  = tokenRoute + "/status/{disabled}"
)

// tokens is the route of an account's tokens with its parameters.
func (a Account) tokens() (string, map[string]string) {
	if a == Own {
		return ownRoute, nil
	}
	return userRoute, map[string]string{"user": string(a)}
}
