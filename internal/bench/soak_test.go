package main

import (
	"io"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/bench/vitals"
)

func TestReattachment(t *testing.T) {
	t.Parallel()
	const printed = "Provider started. To attach Terraform CLI, set the TF_REATTACH_PROVIDERS environment variable with the following:\n\n" +
		"\tTF_REATTACH_PROVIDERS='{\"a\":{\"Pid\":1}}'\n"
	if got, err := reattachment(strings.NewReader(printed)); err != nil || got != `{"a":{"Pid":1}}` {
		t.Errorf("reattachment: %q, %v", got, err)
	}
	if got, err := reattachment(strings.NewReader("it does not start\n")); err == nil {
		t.Errorf("a provider that does not start is attached to through %q", got)
	}
}

func TestFlatness(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		series []float64
		slack  float64
		flat   bool
	}{
		{[]float64{10, 10, 10, 10, 10, 10}, 0, true},
		{[]float64{10, 10, 99, 10, 11, 11}, 0, true},
		{[]float64{10, 10, 10, 10, 12, 12}, 0, false},
		{[]float64{10, 10, 10, 10, 12, 12}, 1, true},
		{[]float64{10, 12, 14, 16, 18, 20, 22, 24, 26}, 2, false},
		{[]float64{30, 30, 20, 20, 10, 10}, 0, true},
	} {
		if _, _, flat := flatness(c.series, c.slack); flat != c.flat {
			t.Errorf("%v is flat within %g: %t, want %t", c.series, c.slack, flat, c.flat)
		}
	}
}

func TestVerdictOfSamples(t *testing.T) {
	t.Parallel()
	var flat, grows []sample
	for i := range 12 {
		steady := sample{provider: vitals.Signs{Goroutines: 10, Heap: 2 << 20, Resident: 30 << 20}, sandboxHeap: 1 << 20, connections: 1}
		flat = append(flat, steady)
		steady.connections += i
		grows = append(grows, steady)
	}
	if err := verdictOf(flat, io.Discard); err != nil {
		t.Errorf("what does not change grows: %v", err)
	}
	if err := verdictOf(grows, io.Discard); err == nil {
		t.Error("a connection more in each run is flat")
	}
}
