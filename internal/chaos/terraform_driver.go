package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
)

// toolbox is a Terraform, and the settings that make it use the built provider.
type toolbox struct{ terraform, settings string }

// terraformLevel runs sequences with a real Terraform and the built provider.
func terraformLevel(ctx context.Context) (level, func(), error) {
	folder, err := os.MkdirTemp("", "mint-chaos-")
	if err != nil {
		return level{}, nil, err
	}
	done := func() { _ = os.RemoveAll(folder) }
	var box toolbox
	if box.terraform, err = engine.Find(ctx, folder); err == nil {
		box.settings, err = engine.Build(ctx, folder)
	}
	if err != nil {
		done()
		return level{}, nil, err
	}
	title, err := titleOf(ctx, box.terraform)
	if err != nil {
		done()
		return level{}, nil, err
	}
	return level{"terraform", title, func(w *world, s Sequence) (driver, error) { return newTerraformDriver(ctx, w, s, box) }}, done, nil
}

// titleOf is what a Terraform, or an OpenTofu, calls itself, with its version.
func titleOf(ctx context.Context, terraform string) (string, error) {
	output, err := exec.CommandContext(ctx, terraform, "version").Output()
	if title := regexp.MustCompile(`(?m)^(Terraform|OpenTofu) v\S+`).Find(output); title != nil || err != nil {
		return string(title), err
	}
	return "", fmt.Errorf("no version is in %q", output)
}

// terraformDriver runs a sequence in a folder of its own.
type terraformDriver struct {
	box     toolbox
	world   *world
	gateway *gateway
	folder  string
	traced  bool
	// credentials are the variables with those of the last command.
	credentials []string
}

const (
	stateFile = "terraform.tfstate"
	planFile  = "saved.plan"
	logFile   = "trace.log"
)

func newTerraformDriver(ctx context.Context, w *world, s Sequence, box toolbox) (driver, error) {
	folder, err := os.MkdirTemp("", "mint-chaos-run-")
	if err != nil {
		return nil, err
	}
	g, err := openGateway(ctx, w)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	w.bases = g.bases
	return &terraformDriver{box: box, world: w, gateway: g, folder: folder, traced: s.Traced}, nil
}

func (d *terraformDriver) close() error {
	return errors.Join(d.gateway.close(), os.RemoveAll(d.folder))
}

func (d *terraformDriver) path(name string) string { return filepath.Join(d.folder, name) }

// run implements driver.
func (d *terraformDriver) run(ctx context.Context, c command) result {
	done := result{}
	if err := d.write(c); err != nil {
		return result{failed: "write", bugs: []string{err.Error()}}
	}
	kill := c.kill
	arguments := map[Kind][]string{
		Apply: {"apply", "-json", "-auto-approve"}, Destroy: {"destroy", "-json", "-auto-approve"}, Ephemeral: {"apply", "-json", "-auto-approve"},
		Plan: {"plan", "-json", "-out=" + planFile}, ApplySaved: {"apply", "-json", planFile}, Import: {"import", "-no-color", c.address, c.id},
	}[c.do]
	if c.noRefresh && c.do != ApplySaved {
		arguments = append(arguments, "-refresh=false")
	}
	if c.skip && kill == nil {
		// What breaks off while a token is lent leaves it open.
		kill = &Kill{With: 4, AfterAnswer: true}
	}
	if c.do == ApplySaved {
		if _, err := os.Stat(d.path(planFile)); err != nil {
			return result{failed: "stale"}
		}
	}
	d.terraform(ctx, &done, kill, arguments...)
	if c.do == ApplySaved && done.says("Saved plan is stale") {
		done.failed = "stale"
	}
	if c.do == Plan && done.failed == "" && d.traced {
		d.shows(ctx, &done)
	} else if c.do != Plan {
		_ = os.Remove(d.path(planFile))
	}
	if d.traced {
		if log, err := os.ReadFile(d.path(logFile)); err == nil {
			done.logged = string(log)
			_ = os.Remove(d.path(logFile))
		}
	}
	return done
}

// write writes the configuration, as JSON.
func (d *terraformDriver) write(c command) error {
	resources := map[string]map[string]any{}
	for _, r := range c.config {
		arguments := maps.Clone(r.Arguments)
		if r.CreateBeforeDestroy {
			arguments["lifecycle"] = map[string]any{"create_before_destroy": true}
		}
		if resources[r.Type] == nil {
			resources[r.Type] = map[string]any{}
		}
		resources[r.Type][strings.TrimPrefix(r.Address, r.Type+".")] = arguments
	}
	file := map[string]any{
		"terraform": map[string]any{"required_providers": map[string]any{"mint": map[string]any{"source": "tokenmint/mint"}}},
		"provider":  map[string]any{"mint": d.provider(c.block)},
	}
	if len(resources) > 0 {
		file["resource"] = resources
	}
	if c.do == Ephemeral {
		file["ephemeral"] = map[string]any{c.lent.Type: map[string]any{"lent": c.lent.Arguments}}
	}
	text, err := json.Marshal(file)
	if err != nil {
		return err
	}
	return os.WriteFile(d.path("main.tf.json"), text, 0o600)
}

// variables are the arguments that the environment gives, by system.
func variables() map[string]map[string]string {
	return map[string]map[string]string{
		"sailpoint": {"base_url": "SAIL_BASE_URL", "client_id": "SAIL_CLIENT_ID", "client_secret": "SAIL_CLIENT_SECRET"},
		"magpie": {
			"base_url": "MAGPIE_BASE_URL", "access_token": "MAGPIE_ACCESS_TOKEN", "username": "MAGPIE_USERNAME", "password": "MAGPIE_PASSWORD",
		},
		"truefoundry": {"base_url": "TFY_HOST", "api_key": "TFY_API_KEY"},
	}
}

// provider is the provider block without what the environment gives: Terraform shows the lines of a file beside its messages. It notes the
// environment.
func (d *terraformDriver) provider(block map[string]any) map[string]any {
	left := map[string]any{}
	d.credentials = nil
	for name, part := range block {
		arguments, _ := part.(map[string]any)
		kept := map[string]any{}
		for argument, value := range arguments {
			if variable := variables()[name][argument]; variable != "" {
				d.credentials = append(d.credentials, fmt.Sprintf("%s=%v", variable, value))
			} else {
				kept[argument] = value
			}
		}
		if len(kept) > 0 {
			left[name] = kept
		}
	}
	return left
}

// terraform runs it, and notes what it says.
func (d *terraformDriver) terraform(ctx context.Context, done *result, kill *Kill, arguments ...string) {
	var dead atomic.Bool
	p := newProcess(ctx, d.box.terraform, arguments...)
	p.command.Dir, p.command.Env = d.folder, d.environment()
	var output bytes.Buffer
	p.command.Stdout, p.command.Stderr = &output, &output
	d.gateway.open(kill, func() {
		dead.Store(true)
		// Every other time the provider dies alone.
		p.kill(kill.With%2 == 0)
	})
	before, beforeErr := os.ReadFile(d.path(stateFile))
	err := p.command.Run()
	d.gateway.shut()
	if dead.Load() && beforeErr == nil {
		restore(d.path(stateFile), before)
	}
	done.printed, done.dead = output.String(), dead.Load()
	d.reads(done, output.Bytes())
	if err != nil && done.failed == "" && !done.dead {
		done.failed = arguments[0]
	}
	if arguments[0] == "import" && err != nil {
		done.said = append(done.said, message{isError: true, address: arguments[2], text: output.String()})
	}
}

// restore puts a state back that a Terraform was writing when it was killed, as a person does with terraform.tfstate.backup: it writes the
// file in place, and takes one that is empty for no state at all.
func restore(path string, before []byte) {
	if text, err := os.ReadFile(path); err == nil && !json.Valid(text) {
		_ = os.WriteFile(path, before, 0o600)
	}
}

// environment is all that Terraform sees.
func (d *terraformDriver) environment() []string {
	all := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.folder, "TF_CLI_CONFIG_FILE=" + d.box.settings, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1",
		// Each process lives for less than a second.
		"GOGC=400",
	}
	if d.traced {
		all = append(all, "TF_LOG=TRACE", "TF_LOG_PATH="+d.path(logFile))
	}
	return append(all, d.credentials...)
}

// holds reports whether the state holds anything at an address.
func (d *terraformDriver) holds(address string) bool {
	return slices.ContainsFunc(d.held(), func(one document) bool { return one.address == address })
}

// move implements driver.
func (d *terraformDriver) move(from, to string) error {
	if !d.holds(from) {
		return nil
	}
	return d.edit("state", "mv", from, to)
}

// forget implements driver.
func (d *terraformDriver) forget(address string) error {
	if !d.holds(address) {
		return nil
	}
	return d.edit("state", "rm", address)
}

// edit changes the state without the provider.
func (d *terraformDriver) edit(arguments ...string) error {
	p := newProcess(d.world.ctx, d.box.terraform, arguments...)
	p.command.Dir, p.command.Env = d.folder, d.environment()
	if output, err := p.command.CombinedOutput(); err != nil {
		return fmt.Errorf("terraform %v: %w\n%s", arguments, err, output)
	}
	return nil
}
