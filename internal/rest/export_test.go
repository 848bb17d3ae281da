package rest

// RetryAfter is what the rate limiter reads, for its fuzz target.
var RetryAfter = retryAfter

// Logged is the context of a call's log lines.
var Logged = logged
