package main

import (
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// fortnight is a token that is followed by another one on the second day, six hours before it is refused.
func fortnight() observed {
	works := func(from, until, hours int) []bool {
		all := make([]bool, hours)
		for i := from; i < until; i++ {
			all[i] = true
		}
		return all
	}
	return observed{hours: 336, tokens: []token{
		{name: "one", minted: applied, works: works(applied, 36, 336)}, {name: "two", minted: 30, works: works(30, 336, 336)},
	}}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	run := fortnight()
	if got, want := run.tokens[0].spans(), []span{{applied, 36, true}, {36, 336, false}}; !slices.Equal(got, want) {
		t.Errorf("the first token has %v, want %v", got, want)
	}
	if got, want := run.tokens[1].spans(), []span{{30, 336, true}}; !slices.Equal(got, want) {
		t.Errorf("the second token has %v, want %v", got, want)
	}
	if from, until := run.overlap(0); from != 30 || until != 36 {
		t.Errorf("the overlap is from %d until %d", from, until)
	}
}

func TestGap(t *testing.T) {
	t.Parallel()
	run := fortnight()
	if gap := run.gap(); gap != -1 {
		t.Errorf("there is no gap, and yet one in hour %d", gap)
	}
	run.tokens[1].works[100] = false
	if gap := run.gap(); gap != 100 {
		t.Errorf("the gap is in hour %d, want 100", gap)
	}
}

// TestDraw: both pictures are well-formed XML and name every token.
func TestDraw(t *testing.T) {
	t.Parallel()
	for name, colors := range themes() {
		picture := draw(fortnight(), colors)
		for decoder := xml.NewDecoder(strings.NewReader(picture)); ; {
			if _, err := decoder.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %s", name, err)
			}
		}
		for _, part := range []string{"<title>2 tokens", ">token 1<", ">token 2<", ">overlap<", colors.works, colors.refused} {
			if !strings.Contains(picture, part) {
				t.Errorf("%s: the picture lacks %s", name, part)
			}
		}
	}
}
