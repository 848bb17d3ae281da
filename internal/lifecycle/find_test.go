package lifecycle_test

import "errors"

var errDoubt = errors.New("the list is somebody else's")
