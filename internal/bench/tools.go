package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
)

const (
	module = "github.com/tokenmint/terraform-provider-mint"
	// settingsName is the CLI configuration beside a contender's binary, measuredName the one that runs it under a watch for its memory.
	settingsName, measuredName = "terraform.rc", "measured.rc"
)

// contender is a provider that takes part: this one, or one that it is compared with.
type contender struct {
	name string
	// source is the provider's address in a configuration.
	source string
	binary string
	// settings and measured are the paths of CLI configurations that make Terraform use it; the second also measures its memory.
	settings, measured string
}

// tools is everything that is built or found before anything is measured.
type tools struct {
	terraform, folder string
	// ours, floor and random are compared; profiled is ours, and shows more of itself.
	ours, floor, random, profiled contender
	// isStandIn is set where random is a stand-in for hashicorp/random.
	isStandIn bool
}

// called says in the table who a contender is.
func (t tools) called(c contender) string {
	if t.isStandIn && c.name == t.random.name {
		return "random's stand-in"
	}
	return c.name
}

// prepare finds Terraform and builds every contender into the folder. A path of a built hashicorp/random takes the place of the
// stand-in: the module
// proxy has none of its versions that speak a protocol of Terraform 1.
func prepare(ctx context.Context, folder, random string, tell teller) (tools, error) {
	terraform, err := engine.Find(ctx, folder)
	if err != nil {
		return tools{}, err
	}
	t := tools{terraform: terraform, folder: folder, isStandIn: random == ""}
	watch := filepath.Join(folder, "measured")
	if err := build(ctx, module+"/internal/bench/measured", watch); err != nil {
		return t, err
	}
	for _, c := range []struct {
		into                   *contender
		name, source, packaged string
	}{
		{&t.ours, "mint", "tokenmint/mint", module},
		{&t.floor, "floor", "tokenmint/mint", module + "/internal/bench/floor"},
		{&t.random, "random", "hashicorp/random", module + "/internal/bench/standin"},
		{&t.profiled, "profiled", "tokenmint/mint", module + "/internal/bench/profiled"},
	} {
		tell("building %s", c.name)
		*c.into = contender{name: c.name, source: c.source}
		if err := c.into.install(ctx, filepath.Join(folder, c.name), c.packaged, watch); err != nil {
			return t, err
		}
	}
	if random != "" {
		return t, replace(random, t.random.binary)
	}
	return t, nil
}

// install builds a contender into its folder and writes its CLI configurations.
func (c *contender) install(ctx context.Context, folder, packaged, watch string) error {
	file := "terraform-provider-" + filepath.Base(c.source)
	c.binary, c.settings, c.measured = filepath.Join(folder, file), filepath.Join(folder, settingsName), filepath.Join(folder, measuredName)
	if err := build(ctx, packaged, c.binary); err != nil {
		return err
	}
	watched := filepath.Join(folder, "watched")
	if err := os.MkdirAll(watched, 0o700); err != nil {
		return err
	}
	if err := replace(watch, filepath.Join(watched, file)); err != nil {
		return err
	}
	for path, where := range map[string]string{c.settings: folder, c.measured: watched} {
		text := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", c.source, filepath.ToSlash(where))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// build compiles a command as a release does.
func build(ctx context.Context, packaged, binary string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, packaged)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", packaged, err, output)
	}
	return nil
}

// replace copies a program.
func replace(from, to string) error {
	program, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, program, 0o700)
}
