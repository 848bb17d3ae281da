package contract

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
)

// Untried reports the methods of a client that take a context, as all do that can send something, and that a Go file does not call:
// the file exercises the client, and would not notice what a new method sends.
func Untried(client any, file string) error {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		return err
	}
	called := map[string]bool{}
	ast.Inspect(parsed, func(node ast.Node) bool {
		if call, isCall := node.(*ast.CallExpr); isCall {
			if selector, isSelector := call.Fun.(*ast.SelectorExpr); isSelector {
				called[selector.Sel.Name] = true
			}
		}
		return true
	})
	var problems []error
	for method := range reflect.TypeOf(client).Methods() {
		takesContext := method.Type.NumIn() > 1 && method.Type.In(1) == reflect.TypeFor[context.Context]()
		if takesContext && !called[method.Name] {
			problems = append(problems, fmt.Errorf("%s does not call %s", file, method.Name))
		}
	}
	return errors.Join(problems...)
}
