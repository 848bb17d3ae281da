package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/engine"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// act is what the demo shows of one system, in a working folder of its own.
type act struct {
	system        string
	configuration string
	// since is the first Terraform that can run it; empty for every one.
	since string
	steps []step
}

// step does one thing and says in a few words what came of it. It fails when
// anything is not as its title promises.
type step struct {
	title string
	run   func(ctx context.Context, s *stage) (string, error)
}

// acts is the whole program; a new system adds its own here.
func acts() []act {
	return []act{
		sailpointAct(),
		magpieAct(),
		truefoundryAct(),
		acrossAct(),
	}
}

// perform runs every act, says how long each step took, and ends with the count of live tokens and what to try next.
func perform(ctx context.Context, stdout io.Writer) (err error) {
	began := time.Now()
	folder, err := os.MkdirTemp("", "mint-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()

	terraform, err := engine.Find(ctx, folder)
	if err != nil {
		return err
	}
	fmt.Fprint(stdout, "Building the provider from this checkout; the first time, Go downloads its dependencies ...")
	building := time.Now()
	settings, err := engine.Build(ctx, folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, " %s\n", since(building))
	box, err := sandbox.Start(sandbox.Options{})
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	servers := newControl(box.ControlURL())

	for i, one := range acts() {
		stage, err := newStage(filepath.Join(folder, fmt.Sprintf("act%d", i+1)), terraform, settings, one.configuration, box.Env(), servers)
		if err != nil {
			return err
		}
		if i == 0 {
			if err := stage.introduce(ctx, stdout); err != nil {
				return err
			}
		}
		have, _, err := stage.terraform.Version(ctx, false)
		if err != nil {
			return fmt.Errorf("asking Terraform for its version: %w", err)
		}
		if isTooOld(have, one.since) {
			fmt.Fprintf(stdout, "\n%s\n  left out: it needs Terraform %s\n", one.system, one.since)
			continue
		}
		if err := one.play(ctx, stage, stdout); err != nil {
			return err
		}
	}

	count, err := servers.countLive(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "live tokens on the servers: %d\n", count)
	if count != 0 {
		return errors.New("tokens were left behind")
	}
	fmt.Fprintf(stdout, "total time: %s\n\n%s", since(began), next)
	return nil
}

// next is what to try after the demonstration.
const next = `To try next:
  make sandbox                                             serve the same emulated systems for your own configuration
  go run ./internal/demo sandbox -- terraform plan         run one command in the environment of a sandbox
  docs/guides/rotation-without-an-outage.md                choose between the ways to rotate
`

// since is how long something took, for people.
func since(start time.Time) string { return fmt.Sprintf("%.1f s", time.Since(start).Seconds()) }

// introduce says what is about to be shown.
func (s *stage) introduce(ctx context.Context, stdout io.Writer) error {
	version, _, err := s.terraform.Version(ctx, true)
	if err != nil {
		return fmt.Errorf("asking Terraform for its version: %w", err)
	}
	fmt.Fprintf(stdout, "Terraform %s, emulated servers on loopback\n", version)
	return nil
}

func (a act) play(ctx context.Context, s *stage, stdout io.Writer) error {
	fmt.Fprintf(stdout, "\n%s\n", a.system)
	for _, one := range a.steps {
		start := time.Now()
		result, err := one.run(ctx, s)
		if err != nil {
			fmt.Fprintf(stdout, "  FAILED  %s\n", one.title)
			return fmt.Errorf("%s: %s: %w", a.system, one.title, err)
		}
		fmt.Fprintf(stdout, "  ok  %-60s %6s  %s\n", one.title, since(start), result)
	}
	fmt.Fprintln(stdout)
	return nil
}
