package system_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// FuzzBaseURL: what is taken is a host without a credential, a query or a fragment, is read the same again, and goes over plain HTTP to
// loopback only; what is not is refused without a word of it.
func FuzzBaseURL(f *testing.F) {
	for _, text := range []string{
		"https://acme.example.com", " https://acme.example.com/gateway/ ", "http://localhost:8080", "http://LOCALHOST", "http://127.0.0.1/", "http://[::1]:1/a%2Fb/", "http://[::ffff:127.0.0.1]", "http://127.1", "http://localhost.example.com",
		"https://user:Marked-Secret-0123456789@acme.example.com", "https://acme.example.com?x=1", "https://acme.example.com?", "https://acme.example.com#f", "https://", "https://:443", "ftp://x", "//x", "x", "", "https://a b", "https://acme.example.com/%zz",
		"https://acme.example.com//", "https://acme.example.com/a/../b", "https://[fe80::1%25en0]/", "HTTPS://ACME.EXAMPLE.COM", "https:acme.example.com", "https://acme.example.com/%2F", "https://acme.example.com/%",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := system.ParseBaseURL(text)
		if err != nil {
			if problem := distrust.CheckMessage(err.Error(), 300, "Marked-Secret-0123456789"); problem != nil {
				t.Errorf("%q: %v", text, problem)
			}
			return
		}
		host := strings.ToLower(u.Hostname())
		isLocal := host == "localhost" || strings.HasPrefix(host, "127.") || strings.HasSuffix(host, ":1") || strings.Contains(host, "ffff:")
		if host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && !(u.Scheme == "http" && isLocal) {
			t.Errorf("%q is taken as %q", text, u)
		}
		written := u.String()
		if strings.HasSuffix(written, "/") || strings.ContainsAny(written, "?#") {
			t.Errorf("%q is taken as %q", text, written)
		}
		if again, err := system.ParseBaseURL(written); err != nil || again.String() != written {
			t.Errorf("%q is taken as %q, then as %v, %v", text, written, again, err)
		}
	})
}
