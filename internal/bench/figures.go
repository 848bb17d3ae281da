package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// row is one line of the table: a figure beside its target.
type row struct {
	what, target, figure string
	verdict              verdict
}

// verdict is what a figure says of its target.
type verdict string

const (
	met     verdict = "ok"
	missed  verdict = "MISSED"
	unknown verdict = "not measured"
	// told is the verdict on a figure without a target.
	told verdict = ""
)

// judge compares a figure with the most that it may be.
func judge[N cmp.Ordered](figure, most N) verdict {
	if figure <= most {
		return met
	}
	return missed
}

// worst is the verdict on figures that must all meet their targets.
func worst(all ...verdict) verdict {
	for _, v := range []verdict{missed, unknown} {
		if slices.Contains(all, v) {
			return v
		}
	}
	return met
}

// atMost is a row about a count.
func atMost(what string, figure, most int) row {
	return row{what: what, target: fmt.Sprintf("<= %d", most), figure: fmt.Sprint(figure), verdict: judge(figure, most)}
}

// render writes the table, with its columns aligned.
func render(to io.Writer, rows []row) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tTARGET\tFIGURE\t")
	for _, r := range rows {
		fmt.Fprintln(table, strings.TrimRight(strings.Join([]string{r.what, r.target, r.figure, string(r.verdict)}, "\t"), "\t"))
	}
	return table.Flush()
}

// misses counts the missed targets.
func misses(rows []row) int {
	count := 0
	for _, r := range rows {
		if r.verdict == missed {
			count++
		}
	}
	return count
}

// median is the middle of an odd number of values, and the mean of the two in the middle of an even number; 0 of none.
func median[N ~int | ~int64 | ~uint64 | ~float64](values []N) N {
	sorted := slices.Sorted(slices.Values(values))
	switch middle := len(sorted) / 2; {
	case len(sorted) == 0:
		return 0
	case len(sorted)%2 == 0:
		return (sorted[middle-1] + sorted[middle]) / 2
	default:
		return sorted[middle]
	}
}

// ratio is a over b; 0 where b is.
func ratio[N ~int | ~int64 | ~uint64 | ~float64](a, b N) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// exponent is how steeply a cost grows: with the n-th power of the number of objects, between two numbers of them.
func exponent(fewer, more int, lower, upper float64) float64 {
	return math.Log(upper/lower) / math.Log(float64(more)/float64(fewer))
}
