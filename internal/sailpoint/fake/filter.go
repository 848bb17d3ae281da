package fake

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// filter is a parsed filters parameter.
type filter func(Token) bool

// parseFilter reads the vendor's filter grammar as far as this collection supports it: "lastUsed le <time>" and
// "lastUsed isnull", combined with and, or, not and parentheses.
func parseFilter(text string) (filter, error) {
	if strings.TrimSpace(text) == "" {
		return func(Token) bool { return true }, nil
	}
	p := &filterParser{words: strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(text))}
	f, err := p.either()
	if err == nil && p.peek() != "" {
		err = fmt.Errorf("unexpected %q", p.peek())
	}
	return f, err
}

type filterParser struct{ words []string }

func (p *filterParser) peek() string {
	if len(p.words) == 0 {
		return ""
	}
	return p.words[0]
}

func (p *filterParser) next() string {
	word := p.peek()
	if word != "" {
		p.words = p.words[1:]
	}
	return word
}

func (p *filterParser) either() (filter, error) {
	left, err := p.both()
	for err == nil && p.peek() == "or" {
		p.next()
		first := left
		var second filter
		second, err = p.both()
		left = func(t Token) bool { return first(t) || second(t) }
	}
	return left, err
}

func (p *filterParser) both() (filter, error) {
	left, err := p.term()
	for err == nil && p.peek() == "and" {
		p.next()
		first := left
		var second filter
		second, err = p.term()
		left = func(t Token) bool { return first(t) && second(t) }
	}
	return left, err
}

func (p *filterParser) term() (filter, error) {
	switch word := p.next(); word {
	case "":
		return nil, errors.New("the expression ends too early")
	case "not":
		inner, err := p.term()
		return func(t Token) bool { return !inner(t) }, err
	case "(":
		inner, err := p.either()
		if err == nil && p.next() != ")" {
			err = errors.New("a closing parenthesis is missing")
		}
		return inner, err
	case "lastUsed":
		return p.comparison()
	default:
		return nil, fmt.Errorf("filtering by %q is not supported", word)
	}
}

func (p *filterParser) comparison() (filter, error) {
	switch operator := p.next(); operator {
	case "isnull":
		return func(t Token) bool { return t.LastUsed == nil }, nil
	case "le":
		limit, err := time.Parse(time.RFC3339Nano, strings.Trim(p.next(), `"`))
		if err != nil {
			return nil, errors.New("lastUsed le wants a date-time")
		}
		return func(t Token) bool { return t.LastUsed != nil && !t.LastUsed.After(limit) }, nil
	default:
		return nil, fmt.Errorf("operator %q is not supported for lastUsed", operator)
	}
}
