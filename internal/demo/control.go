package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// control speaks to the sandbox's control URL, the same way as anybody's
// pipeline would.
type control struct {
	url  string
	http *http.Client
}

func newControl(url string) *control {
	return &control{url: url, http: &http.Client{Timeout: 10 * time.Second}}
}

// countLive counts the tokens of all systems that are alive now.
func (c *control) countLive(ctx context.Context) (int, error) {
	var systems map[string][]any
	if err := c.call(ctx, http.MethodGet, "/live", nil, &systems); err != nil {
		return 0, err
	}
	count := 0
	for _, tokens := range systems {
		count += len(tokens)
	}
	return count, nil
}

// seed puts objects on the servers that Terraform did not create, and decodes
// what was made into made.
func (c *control) seed(ctx context.Context, objects, made any) error {
	return c.call(ctx, http.MethodPost, "/seed", objects, made)
}

// advance moves the servers' clock.
func (c *control) advance(ctx context.Context, by string) error {
	return c.call(ctx, http.MethodPost, "/clock?advance="+by, nil, &struct{}{})
}

func (c *control) call(ctx context.Context, method, path string, body, answer any) error {
	var payload io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		payload = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, payload)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("control URL: %s %s answered %s: %s", method, path, response.Status, text)
	}
	return json.Unmarshal(text, answer)
}
