package main

import (
	"fmt"
	"slices"
	"strings"
)

// theme are the colors of a picture, for pages of one brightness.
type theme struct {
	text, faint, works, refused, run string
}

func themes() map[string]theme {
	return map[string]theme{
		"light": {text: "#1f2328", faint: "#59636e", works: "#1a7f37", refused: "#d1d9e0", run: "#0969da"},
		"dark":  {text: "#f0f6fc", faint: "#9198a1", works: "#3fb950", refused: "#3d444d", run: "#4493f8"},
	}
}

// The measures of a picture, in its own units.
const (
	width, left, right  = 880, 150, 20
	top, row, bar       = 62, 40, 20
	below               = 66
	fontSize, smallSize = 13, 12
)

// draw draws a run: each run of Terraform, below it a row for each token, green where it works and gray where the server refuses it,
// and the times in which two work.
func draw(run observed, colors theme) string {
	var b strings.Builder
	height := top + row*len(run.tokens) + below
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" font-family="-apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="%d">`+"\n", width, height, fontSize)
	fmt.Fprintf(&b, "<title>%s</title>\n", describe(run))
	text := func(x, y int, anchor, color string, size int, words string) {
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="%s" fill="%s" font-size="%d">%s</text>`+"\n", x, y, anchor, color, size, words)
	}
	text(left-12, top-28, "end", colors.run, fontSize, "terraform apply")
	for hour := applied; hour < run.hours; hour += 24 {
		fmt.Fprintf(&b, `<path d="M%d %d l5 -9 h-10 z" fill="%s"/>`+"\n", run.x(hour), top-24, colors.run)
	}
	for i := range run.tokens[1:] {
		from, until := run.overlap(i)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s" opacity="0.15"/>`+"\n", run.x(from), top-20, run.x(until)-run.x(from), row*len(run.tokens)+8, colors.run)
		text((run.x(from)+run.x(until))/2, top-7, "middle", colors.faint, smallSize, "overlap")
	}
	for i, one := range run.tokens {
		y := top + row*i
		text(left-12, y+bar-5, "end", colors.text, fontSize, fmt.Sprintf("token %d", i+1))
		for _, s := range one.spans() {
			color := colors.refused
			if s.works {
				color = colors.works
			}
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="3" fill="%s"/>`+"\n", run.x(s.from), y, max(run.x(s.until)-run.x(s.from)-1, 1), bar, color)
		}
	}
	axis := top + row*len(run.tokens) + 4
	text(left-12, axis+12, "end", colors.faint, smallSize, "day")
	for day := 0; day <= run.hours/24; day += 7 {
		text(run.x(day*24), axis+12, "middle", colors.faint, smallSize, fmt.Sprint(day))
	}
	legend := axis + 46
	for i, entry := range []struct{ color, words string }{
		{colors.works, "works"}, {colors.refused, "is refused"}, {colors.run, "a scheduled run; most have nothing to do"},
	} {
		x := left + []int{0, 90, 205}[i]
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="12" height="12" rx="3" fill="%s"/>`+"\n", x, legend-11, entry.color)
		text(x+18, legend, "start", colors.faint, smallSize, entry.words)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// x is where an hour begins.
func (r observed) x(hour int) int { return left + hour*(width-left-right)/r.hours }

// overlap is the time, in hours, in which a token and the next one both worked.
func (r observed) overlap(of int) (from, until int) {
	from = r.tokens[of+1].minted
	for until = from; until < r.hours && r.tokens[of].works[until] && r.tokens[of+1].works[until]; until++ {
	}
	return from, until
}

// gap is the first hour since the first mint in which no token worked; -1 if there is none.
func (r observed) gap() int {
	for hour := applied; hour < r.hours; hour++ {
		if !slices.ContainsFunc(r.tokens, func(k token) bool { return k.works[hour] }) {
			return hour
		}
	}
	return -1
}

// describe says what a picture shows to those who cannot see it.
func describe(run observed) string {
	return fmt.Sprintf("%d tokens of one resource in %d days: each is minted while the previous one still works, and no hour is without a working token", len(run.tokens), run.hours/24)
}

// span is a time in which a token worked, or was refused; the hours count from 0 and until is not part of it.
type span struct {
	from, until int
	works       bool
}

// spans are the times of a token since it was minted.
func (k token) spans() []span {
	var all []span
	for hour := k.minted; hour < len(k.works); hour++ {
		if n := len(all); n > 0 && all[n-1].works == k.works[hour] {
			all[n-1].until = hour + 1
			continue
		}
		all = append(all, span{hour, hour + 1, k.works[hour]})
	}
	return all
}
