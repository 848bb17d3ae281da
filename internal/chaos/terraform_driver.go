package main

import (
	"context"
	"errors"
)

// terraformLevel runs sequences with a real Terraform and the built provider.
func terraformLevel(context.Context) (level, func(), error) {
	return level{}, nil, errors.New("not yet")
}
