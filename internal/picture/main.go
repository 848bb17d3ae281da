// Command picture draws the README's picture of a rotation from a real run: Terraform applies one configuration once a day against
// the emulated SailPoint, and every hour each token that there ever was is tried.
//
// "picture FOLDER" writes rotation-light.svg and rotation-dark.svg into the folder. Nothing leaves the machine and no credentials are
// needed.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/hashicorp/terraform-exec/tfexec"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
	"github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

const (
	days = 21
	// applied is the hour of the day at which the pipeline runs.
	applied = 6
	address = "mint_sailpoint_personal_access_token.pipeline"
)

//go:embed rotation.tf
var configuration string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) (err error) {
	if len(arguments) != 1 {
		return errors.New("name the folder to write the pictures into")
	}
	folder, err := os.MkdirTemp("", "mint-picture-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	// The pace of requests is not what the picture is about.
	box, err := sandbox.Start(sandbox.Options{SailPoint: fake.Switches{RateLimit: -1}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	terraform, err := prepare(ctx, folder, box.Env())
	if err != nil {
		return err
	}
	o := &observer{box: box, terraform: terraform}
	if err := o.observe(ctx); err != nil {
		return err
	}
	if hour := o.run.gap(); hour >= 0 {
		return fmt.Errorf("no token works in hour %d", hour)
	}
	for name, theme := range themes() {
		path := filepath.Join(arguments[0], "rotation-"+name+".svg")
		if err := os.WriteFile(path, []byte(draw(o.run, theme)), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// prepare builds the provider and a working folder in which Terraform sees the environment of the sandbox alone.
func prepare(ctx context.Context, folder string, env map[string]string) (*tfexec.Terraform, error) {
	path, err := engine.Find(ctx, folder)
	if err != nil {
		return nil, err
	}
	settings, err := engine.Build(ctx, folder)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "main.tf"), []byte(configuration), 0o600); err != nil {
		return nil, err
	}
	terraform, err := tfexec.NewTerraform(folder, path)
	if err != nil {
		return nil, err
	}
	seen := map[string]string{"PATH": os.Getenv("PATH"), "HOME": folder, "TF_CLI_CONFIG_FILE": settings, "CHECKPOINT_DISABLE": "1"}
	maps.Copy(seen, env)
	return terraform, terraform.SetEnv(seen)
}

// observer lets the hours pass and writes down what it sees.
type observer struct {
	box       *sandbox.Sandbox
	terraform *tfexec.Terraform
	run       observed
}

// observed is what a run has shown: for each token, in the order in which they were minted, whether it worked in each hour.
type observed struct {
	hours  int
	tokens []token
}

type token struct {
	id, secret string
	name       string
	// minted is the hour in which it was minted.
	minted int
	works  []bool
}

func (o *observer) observe(ctx context.Context) error {
	o.run.hours = days * 24
	for hour := range o.run.hours {
		if hour%24 == applied {
			if err := o.apply(ctx, hour); err != nil {
				return fmt.Errorf("day %d: %w", hour/24, err)
			}
		}
		for i := range o.run.tokens {
			one := &o.run.tokens[i]
			probe, err := fake.UseToken(ctx, o.box.URL(fake.Name), one.id, one.secret)
			if err != nil {
				return err
			}
			one.works = append(one.works, probe.Works())
		}
		o.box.Clock().Advance(time.Hour)
	}
	if err := o.terraform.Destroy(ctx); err != nil {
		return err
	}
	if live := o.box.Live()[fake.Name]; len(live) > 0 {
		return fmt.Errorf("%d tokens were left alive", len(live))
	}
	return nil
}

// apply runs Terraform and takes down the token that it may have minted.
func (o *observer) apply(ctx context.Context, hour int) error {
	if err := o.terraform.Apply(ctx); err != nil {
		return err
	}
	state, err := o.terraform.Show(ctx)
	if err != nil {
		return err
	}
	if state.Values == nil || len(state.Values.RootModule.Resources) != 1 {
		return fmt.Errorf("the state does not hold %s alone", address)
	}
	attributes := state.Values.RootModule.Resources[0].AttributeValues
	id, _ := attributes["id"].(string)
	secret, _ := attributes["secret"].(string)
	name, _ := attributes["name"].(string)
	if id == "" || secret == "" || name == "" {
		return fmt.Errorf("%s has no id, no name or no secret", address)
	}
	if !slices.ContainsFunc(o.run.tokens, func(k token) bool { return k.id == id }) {
		o.run.tokens = append(o.run.tokens, token{id: id, secret: secret, name: name, minted: hour, works: make([]bool, hour)})
	}
	return nil
}
