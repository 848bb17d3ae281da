package rest

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const isPage = "the answer is an HTML page, not JSON; something between here and the API answered, or the base URL is not the API's host"

// doubt says why the answer to a read proves nothing about what it lacks, as far as status and headers tell; empty if they raise no
// doubt. The kind says who can do something about it.
//
// The vendors document 200 and JSON for reads, and nothing about the other headers. So what they leave open is allowed: no content
// type, one under which JSON is sent at times, and headers that nobody knows.
func doubt(answer *Answer) (Kind, string) {
	media := mediaType(answer.Header)
	switch {
	case len(answer.Body) == 0:
		// The decoder's business: the answer may be one that has no body.
		return Malformed, ""
	case answer.Status != http.StatusOK:
		return Altered, fmt.Sprintf("the answer has the status %d instead of 200: it may be changed or incomplete", answer.Status)
	case strings.HasSuffix(media, "html"):
		return Malformed, isPage
	case !canBeJSON(media):
		return Malformed, fmt.Sprintf("the answer is of the type %q, not JSON", media)
	}
	if header := outdated(answer.Header); header != "" {
		return Altered, "the answer is not current; its header says " + header
	}
	return Malformed, ""
}

func mediaType(header http.Header) string {
	media, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// canBeJSON also allows the types of a server that does not care.
func canBeJSON(media string) bool {
	return strings.HasSuffix(media, "json") || slices.Contains([]string{"", "text/plain", "application/octet-stream"}, media)
}

// outdated is the header that tells of an answer which a cache has kept, or a proxy has changed; empty if none does. An age of 0 is
// what a cache says that has just asked the server, and most warnings are words of the server itself, for instance of a deprecation.
func outdated(header http.Header) string {
	age := strings.Join(header.Values("Age"), ", ")
	for part := range strings.SplitSeq(age, ",") {
		// Beyond all numbers it is the largest one.
		if seconds, _ := strconv.ParseUint(strings.TrimSpace(part), 10, 64); seconds > 0 {
			return "Age: " + age
		}
	}
	warnings := strings.Join(header.Values("Warning"), ", ")
	for part := range strings.SplitSeq(quoted.ReplaceAllString(warnings, ""), ",") {
		code, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		switch code {
		case "110", "111", "112", "113", "214":
			return "Warning: " + code
		}
	}
	return ""
}

// quoted matches a quoted string of a header.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
