package rest

// RetryAfter is what the rate limiter reads, for its fuzz target.
var RetryAfter = retryAfter

// Logged is the context of a call's log lines.
var Logged = logged

// MoreRows shows for how many more rows room is made.
func MoreRows(rows int, read int64, length int) int { return moreRows(rows, read, length) }
