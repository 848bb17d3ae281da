package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"time"

	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/sandbox"
)

// multiply turns a state of one object into one of n, in the blocks of a configuration of n, so that a plan of many thousands need not wait until they are created. Each
// copy's attributes are what differ returns for its index; what it does not return is as in the first.
func multiply(state []byte, n int, differ func(index int, attributes map[string]any) (map[string]any, error)) ([]byte, error) {
	var file map[string]any
	if err := json.Unmarshal(state, &file); err != nil {
		return nil, err
	}
	resources, _ := file["resources"].([]any)
	if len(resources) != 1 {
		return nil, fmt.Errorf("the state has %d resources instead of one", len(resources))
	}
	resource, _ := resources[0].(map[string]any)
	instances, _ := resource["instances"].([]any)
	if len(instances) != 1 {
		return nil, fmt.Errorf("the state has %d instances instead of one", len(instances))
	}
	first, _ := instances[0].(map[string]any)
	attributes, _ := first["attributes"].(map[string]any)
	if attributes == nil {
		return nil, errors.New("the instance has no attributes")
	}
	var blocks []any
	var copies []any
	for i := range n {
		one, values := maps.Clone(first), maps.Clone(attributes)
		changed, err := differ(i, attributes)
		if err != nil {
			return nil, err
		}
		maps.Copy(values, changed)
		one["index_key"], one["attributes"] = i%blockSize, values
		// An identity of the first would be wrong for the others; without one the next refresh finds it.
		delete(one, "identity")
		delete(one, "identity_schema_version")
		if copies = append(copies, one); len(copies) == blockSize || i == n-1 {
			block := maps.Clone(resource)
			block["name"], block["instances"] = blockName(len(blocks)), copies
			blocks, copies = append(blocks, block), nil
		}
	}
	file["resources"] = blocks
	return json.Marshal(file)
}

// grow multiplies the state in a folder.
func (b *bench) grow(n int, differ func(int, map[string]any) (map[string]any, error)) error {
	path := filepath.Join(b.folder, "terraform.tfstate")
	state, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if state, err = multiply(state, n, differ); err != nil {
		return err
	}
	return os.WriteFile(path, state, 0o600)
}

// seeded gives every copy a token of its own on the emulator, with the name that the configuration asks for.
func seeded(box *sandbox.Sandbox) func(int, map[string]any) (map[string]any, error) {
	return func(index int, first map[string]any) (map[string]any, error) {
		if index == 0 {
			return nil, nil
		}
		created, err := instant(first, "created_at")
		if err != nil {
			return nil, err
		}
		expires, err := instant(first, "expires_at")
		if err != nil {
			return nil, err
		}
		token, err := box.SailPoint.AddToken(sailpoint.Token{
			Name: fmt.Sprintf("token-%d", index), Scope: []string{"sp:my-personal-access-tokens:read"}, Created: created, Expiration: &expires,
		})
		return map[string]any{"id": token.ID, "name": token.Name, "secret": token.Secret}, err
	}
}

func instant(attributes map[string]any, name string) (time.Time, error) {
	text, _ := attributes[name].(string)
	return time.Parse(time.RFC3339Nano, text)
}

// named gives every copy the name that the configuration asks for; no server knows it.
func named(index int, _ map[string]any) (map[string]any, error) {
	return map[string]any{"name": fmt.Sprintf("token-%d", index)}, nil
}

// kept gives every copy the keepers that the configuration asks for.
func kept(index int, _ map[string]any) (map[string]any, error) {
	return map[string]any{"keepers": map[string]any{"index": fmt.Sprint(index)}}, nil
}
