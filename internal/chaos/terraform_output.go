package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
)

// line is one line of what Terraform says with -json, as far as it counts here.
type line struct {
	Type       string
	Diagnostic struct{ Severity, Summary, Detail, Address string }
	Change     struct {
		Resource struct{ Addr string }
		Action   string
	}
	Hook struct {
		Resource struct{ Addr string }
	}
}

// reads notes the messages and the changes in what Terraform has printed.
func (d *terraformDriver) reads(done *result, output []byte) {
	var errored []string
	for text := range bytes.Lines(output) {
		var said line
		if json.Unmarshal(text, &said) != nil {
			continue
		}
		switch said.Type {
		case "diagnostic":
			one := said.Diagnostic
			if done.failed == "" && one.Severity == "error" && !done.dead {
				done.failed = "terraform"
			}
			done.said = append(done.said, message{isError: one.Severity == "error", address: one.Address, text: one.Summary + ": " + one.Detail})
			if strings.Contains(one.Summary, "inconsistent") || strings.Contains(one.Summary, "invalid plan") || strings.Contains(one.Detail, "bug in the provider") {
				done.bugs = append(done.bugs, one.Address+": "+one.Summary+": "+one.Detail)
			}
		case "planned_change":
			action := said.Change.Action
			switch action {
			case "noop", "read":
				continue
			case "delete":
				action = "destroy"
			case "update":
				// Terraform does not say here which attributes change.
				action = "update rotation secret_version"
			}
			done.changes = append(done.changes, said.Change.Resource.Addr+": "+action)
		case "apply_errored":
			errored = append(errored, said.Hook.Resource.Addr)
		}
	}
	done.said = addressed(done.said, errored)
}

// addressed are messages with the addresses that they are about. Of an error at a resource that is in the configuration no more, Terraform
// says only that there was one, and which resources have failed: it is each of these that no other error is about.
func addressed(said []message, errored []string) []message {
	errored = slices.DeleteFunc(slices.Clone(errored), func(address string) bool {
		return slices.ContainsFunc(said, func(m message) bool { return m.isError && m.address == address })
	})
	var all []message
	for _, m := range said {
		if !m.isError || m.address != "" || len(errored) == 0 {
			all = append(all, m)
			continue
		}
		for _, address := range errored {
			m.address = address
			all = append(all, m)
		}
	}
	return all
}

// shows reads the planned objects.
func (d *terraformDriver) shows(ctx context.Context, done *result) {
	p := newProcess(ctx, d.box.terraform, "show", "-json", planFile)
	p.command.Dir, p.command.Env = d.folder, d.environment()
	text, err := p.command.Output()
	if err != nil {
		done.bugs = append(done.bugs, "terraform show: "+err.Error())
		return
	}
	var plan struct {
		ResourceChanges []struct {
			Address, Type string
			Change        struct{ After map[string]any }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		done.bugs = append(done.bugs, "terraform show: "+err.Error())
		return
	}
	for _, one := range plan.ResourceChanges {
		done.shown = append(done.shown, document{where: "the plan", address: one.Address, kind: one.Type, values: one.Change.After})
	}
}

// held implements driver.
func (d *terraformDriver) held() []document {
	text, err := os.ReadFile(d.path(stateFile))
	if err != nil {
		return nil
	}
	var file struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct {
				Attributes      map[string]any
				Private         []byte
				Status, Deposed string
			}
		}
	}
	if json.Unmarshal(text, &file) != nil {
		return nil
	}
	var all []document
	for _, resource := range file.Resources {
		for _, one := range resource.Instances {
			if resource.Mode != "managed" {
				continue
			}
			all = append(all, document{
				where: "the state", address: resource.Type + "." + resource.Name, kind: resource.Type, values: one.Attributes,
				private: privateWords(one.Private), tainted: one.Status == "tainted", deposed: one.Deposed != "",
			})
		}
	}
	return all
}

// privateWords are the private data of an object in words.
func privateWords(private []byte) string {
	var keys map[string][]byte
	if json.Unmarshal(private, &keys) != nil {
		return string(private)
	}
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		text.Write(keys[key])
		text.WriteByte('\n')
	}
	return text.String()
}
