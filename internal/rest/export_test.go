package rest

// RetryAfter is what the rate limiter reads, for its fuzz target.
var RetryAfter = retryAfter
