package rest

import (
	"slices"
	"sort"
)

// Numbers are numbers of the items of a list that grows at its end and shrinks anywhere: each has the number that was its position when it came,
// counted with those that were removed, and keeps it when others are removed. The zero value is that of a list from which nothing was removed.
type Numbers struct {
	// gone are the numbers of the items that were removed, in their order.
	gone []int
}

// At is the number of the item at a position, or of the next one where the position is the end.
func (n *Numbers) At(position int) int {
	return position + sort.Search(len(n.gone), func(i int) bool { return n.gone[i]-i > position })
}

// Position is where the item of a number is, which must not have been removed.
func (n *Numbers) Position(number int) int {
	before, _ := slices.BinarySearch(n.gone, number)
	return number - before
}

// Remove removes the item of a number.
func (n *Numbers) Remove(number int) {
	at, _ := slices.BinarySearch(n.gone, number)
	n.gone = slices.Insert(n.gone, at, number)
}
