package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []int
		want   int
	}{{nil, 0}, {[]int{7}, 7}, {[]int{9, 1, 5}, 5}, {[]int{9, 1, 5, 3}, 4}} {
		before := append([]int(nil), c.values...)
		if got := median(c.values); got != c.want {
			t.Errorf("median(%v) = %d, want %d", c.values, got, c.want)
		}
		for i := range before {
			if before[i] != c.values[i] {
				t.Fatalf("median sorts what it is given: %v", c.values)
			}
		}
	}
	if got := median([]time.Duration{3 * time.Second, time.Second, 2 * time.Second}); got != 2*time.Second {
		t.Errorf("the median of 1, 2 and 3 s is %s", got)
	}
}

func TestExponent(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fewer, more         int
		lower, upper, power float64
	}{{100, 1000, 2, 20, 1}, {1000, 5000, 1, 25, 2}, {100, 1000, 3, 3, 0}} {
		if got := exponent(c.fewer, c.more, c.lower, c.upper); math.Abs(got-c.power) > 1e-9 {
			t.Errorf("from %g at %d to %g at %d: %g, want %g", c.lower, c.fewer, c.upper, c.more, got, c.power)
		}
	}
}

func TestVerdicts(t *testing.T) {
	t.Parallel()
	if judge(1.10, 1.10) != met || judge(1.11, 1.10) != missed {
		t.Error("a target is the most that a figure may be")
	}
	if worst(met, met) != met || worst(met, unknown) != unknown || worst(unknown, missed, met) != missed {
		t.Error("several figures are as good as the worst")
	}
	if ratio(3, 2) != 1.5 || ratio(3, 0) != 0 {
		t.Error("a ratio to nothing is nothing")
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	rows := []row{atMost("requests of a refresh", 2, 2), atMost("creates", 31, 20), {what: "memory", verdict: unknown}}
	var text strings.Builder
	if err := render(&text, rows); err != nil {
		t.Fatal(err)
	}
	want := "WHAT                   TARGET  FIGURE\n" +
		"requests of a refresh  <= 2    2       ok\n" +
		"creates                <= 20   31      MISSED\n" +
		"memory                                 not measured\n"
	if got := strings.ReplaceAll(text.String(), "  \n", "\n"); got != want {
		t.Errorf("the table is\n%s\nwant\n%s", got, want)
	}
	if got := misses(rows); got != 1 {
		t.Errorf("%d targets are missed, want 1", got)
	}
}
