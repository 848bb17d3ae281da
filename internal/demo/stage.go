package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-exec/tfexec"
	tfjson "github.com/hashicorp/terraform-json"
)

// stage is a Terraform working folder with its own state, and what the steps
// of one system remember from one to the next.
type stage struct {
	terraform *tfexec.Terraform
	control   *control
	env       map[string]string

	variables map[string]string
	noted     map[string]string
}

// newStage prepares a working folder that holds the configuration. Terraform
// sees no environment but the sandbox's and its own.
func newStage(folder, terraform, settings, configuration string, env map[string]string, control *control) (*stage, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	runner, err := tfexec.NewTerraform(folder, terraform)
	if err != nil {
		return nil, err
	}
	seen := map[string]string{
		"PATH":               os.Getenv("PATH"),
		"HOME":               folder,
		"TF_CLI_CONFIG_FILE": settings,
		"CHECKPOINT_DISABLE": "1",
	}
	maps.Copy(seen, env)
	if err := runner.SetEnv(seen); err != nil {
		return nil, err
	}
	return &stage{
		terraform: runner,
		control:   control,
		env:       env,
		variables: map[string]string{},
		noted:     map[string]string{},
	}, nil
}

// plan plans and returns what would happen, by address; the addresses of
// objects that would stay as they are do not appear.
func (s *stage) plan(ctx context.Context) (map[string]string, error) {
	options := []tfexec.PlanOption{tfexec.Out("plan")}
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		options = append(options, tfexec.Var(name+"="+s.variables[name]))
	}
	changes, err := s.terraform.Plan(ctx, options...)
	if err != nil {
		return nil, err
	}
	plan, err := s.terraform.ShowPlanFile(ctx, "plan")
	if err != nil {
		return nil, err
	}
	planned := map[string]string{}
	for _, change := range plan.ResourceChanges {
		if word := actionWord(change.Change); word != "" {
			planned[change.Address] = word
		}
	}
	if changes && len(planned) == 0 && len(plan.OutputChanges) == 0 {
		return nil, fmt.Errorf("the plan has changes that are neither of resources nor of outputs")
	}
	return planned, nil
}

// actionWord names a planned change; reading a data source is none.
func actionWord(change *tfjson.Change) string {
	word := ""
	switch actions := change.Actions; {
	case actions.CreateBeforeDestroy():
		word = "create, then destroy"
	case actions.DestroyBeforeCreate():
		word = "destroy, then create"
	case actions.Create():
		word = "create"
	case actions.Update():
		word = "update"
	case actions.Delete():
		word = "destroy"
	}
	switch {
	case change.Importing == nil:
		return word
	case word == "":
		return "import"
	default:
		return "import and " + word
	}
}

// apply plans, insists on exactly the promised changes, and applies that plan.
func (s *stage) apply(ctx context.Context, promised map[string]string) error {
	planned, err := s.plan(ctx)
	if err != nil {
		return err
	}
	if !maps.Equal(planned, promised) {
		return fmt.Errorf("the plan is to %s, want %s", describe(planned), describe(promised))
	}
	return s.terraform.Apply(ctx, tfexec.DirOrPlan("plan"))
}

func describe(changes map[string]string) string {
	if len(changes) == 0 {
		return "change nothing"
	}
	parts := make([]string, 0, len(changes))
	for _, address := range slices.Sorted(maps.Keys(changes)) {
		parts = append(parts, changes[address]+" "+address)
	}
	return strings.Join(parts, ", ")
}

// attributes returns what the state holds of an object.
func (s *stage) attributes(ctx context.Context, address string) (map[string]any, error) {
	state, err := s.terraform.Show(ctx)
	if err != nil {
		return nil, err
	}
	if state.Values == nil || state.Values.RootModule == nil {
		return nil, fmt.Errorf("the state is empty")
	}
	for _, object := range state.Values.RootModule.Resources {
		if object.Address == address {
			return object.AttributeValues, nil
		}
	}
	return nil, fmt.Errorf("the state has no %s", address)
}

// text returns an attribute that must be a string with something in it.
func text(attributes map[string]any, name string) (string, error) {
	value, _ := attributes[name].(string)
	if value == "" {
		return "", fmt.Errorf("%s is not set", name)
	}
	return value, nil
}

// unchanged is the step after which nobody wonders: plan again, change nothing.
func unchanged(ctx context.Context, s *stage) (string, error) {
	planned, err := s.plan(ctx)
	if err != nil {
		return "", err
	}
	if len(planned) > 0 {
		return "", fmt.Errorf("the plan is to %s", describe(planned))
	}
	return "no changes", nil
}

// destroyed is the last step: nothing is in the state, nothing is on the servers.
func destroyed(ctx context.Context, s *stage) (string, error) {
	options := []tfexec.DestroyOption{}
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		options = append(options, tfexec.Var(name+"="+s.variables[name]))
	}
	if err := s.terraform.Destroy(ctx, options...); err != nil {
		return "", err
	}
	state, err := s.terraform.Show(ctx)
	if err != nil {
		return "", err
	}
	if state.Values != nil && state.Values.RootModule != nil && len(state.Values.RootModule.Resources) > 0 {
		return "", fmt.Errorf("the state still holds %d objects", len(state.Values.RootModule.Resources))
	}
	return "the state is empty", nil
}
