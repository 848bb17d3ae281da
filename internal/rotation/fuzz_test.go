package rotation_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr/xattr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/tokenmint/terraform-provider-mint/internal/distrust"
	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// longestMessage is more than the provider says about one value.
const longestMessage = 600

// checkRefusal holds what validation says about a text to whether it can be read.
func checkRefusal(t *testing.T, value xattr.ValidateableAttribute, text string, isRead bool) {
	t.Helper()
	var resp xattr.ValidateAttributeResponse
	value.ValidateAttribute(t.Context(), xattr.ValidateAttributeRequest{Path: path.Root("lifetime")}, &resp)
	if resp.Diagnostics.HasError() == isRead {
		t.Errorf("%q is read: %t, and validation says %v", text, isRead, resp.Diagnostics)
	}
	for _, d := range resp.Diagnostics {
		if problem := distrust.CheckMessage(d.Summary()+": "+d.Detail(), longestMessage); problem != nil {
			t.Errorf("%q: %v", text, problem)
		}
	}
}

// FuzzDuration: what is read is written the short way, and read as the same; what is not read is refused.
func FuzzDuration(f *testing.F) {
	for _, text := range []string{
		"90d", "2w", "36h", "1d12h", "1.5h", "-3d", "+1h", "0", "", "d", "1y", "106751d", "106752d", "99999999999999999999w", "1d-1h", "-106751d23h47m16.854775808s", "1µs", "1us", "1ns", ".5h", "1..h", "1h\x1b[1m",
		"-12h", "-1ns", "1d1ns", "-1d1ns", strings.Repeat("1d", 1000),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := rotation.DurationText{StringValue: basetypes.NewStringValue(text)}
		d, isRead := rotation.Duration(value)
		checkRefusal(t, value, text, isRead)
		if !isRead {
			return
		}
		short := rotation.DurationValue(d)
		if again, isRead := rotation.Duration(short); !isRead || again != d {
			t.Errorf("%q is %d, written %s, and that is %d, %t", text, d, short, again, isRead)
		}
		if same, diags := value.StringSemanticEquals(t.Context(), short); !same || diags.HasError() {
			t.Errorf("%q and %s are not the same", text, short)
		}
	})
}

// FuzzInstant: what is read is written in UTC to the millisecond, and read as the same.
func FuzzInstant(f *testing.F) {
	for _, text := range []string{
		"2030-01-31T00:00:00Z", "2030-01-31T00:00:00.123456789+02:00", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "12345-01-01T00:00:00Z", "2030-02-30T00:00:00Z", "2030-01-31", "", "2030-01-31t00:00:00z",
		"2030-01-31T00:00:00,5Z", "2030-01-31T24:00:00Z", "2030-01-31T00:00:60Z", "\x1b[1m", strings.Repeat("9", 2000) + "-",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		value := rotation.TimeText{StringValue: basetypes.NewStringValue(text)}
		at := rotation.Instant(value)
		isWritable := at != nil && at.UTC().Year() <= 9999
		checkRefusal(t, value, text, isWritable)
		if !isWritable || at.UTC().Year() < 0 {
			return
		}
		again := rotation.Instant(rotation.TimeValue(at))
		if again == nil || !again.Equal(at.UTC().Truncate(time.Millisecond)) {
			t.Errorf("%q is %s, then %v", text, at, again)
		}
	})
}

// FuzzNames: every name that is generated is known by its check characters, whatever the prefix and the id, and no name passes for two kinds.
func FuzzNames(f *testing.F) {
	for _, seed := range [][2]string{{"ci-", "86f1dc6f"}, {"mint-ephemeral-", ""}, {"ümläut-", "1"}, {"\xff\xfe", "\x00"}, {"a", strings.Repeat("x", 1000)}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, prefix, id string) {
		if prefix == "" {
			return
		}
		next := rotation.NextName(prefix, id)
		if got, isGenerated := rotation.Prefix(next); !isGenerated || got != prefix || !rotation.IsNextName(next, id) || next != rotation.NextName(prefix, id) {
			t.Errorf("%q after %q is %q of %q, %t", prefix, id, next, got, isGenerated)
		}
		if rotation.IsNextName(next, id+"x") {
			t.Errorf("%q follows two ids", next)
		}
		lent := rotation.NewEphemeralName(prefix)
		_, isGenerated := rotation.Prefix(lent)
		if !rotation.IsEphemeralName(lent) || isGenerated || !rotation.IsGenerated(lent).ValueBool() {
			t.Errorf("%q is ephemeral: %t, generated: %t", lent, rotation.IsEphemeralName(lent), isGenerated)
		}
		for _, name := range []string{prefix, id, next} {
			if _, isGenerated := rotation.Prefix(name); isGenerated && rotation.IsEphemeralName(name) {
				t.Errorf("%q is both", name)
			}
		}
	})
}

// FuzzRecipient: a recipient is refused without a word of it, or a secret can be encrypted for it, and is not in plain.
func FuzzRecipient(f *testing.F) {
	for _, line := range []string{
		"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kudw7fsmsq6v9lr", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN comment", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ==",
		"ssh-ed25519 AAAA", "age1", "AGE-SECRET-KEY-1EKYFFCK627939WTZMTT4ZRS2PM3U2K7PZ3MVGEL2M76W3PYJMSHQMTT6SS", "-----BEGIN OPENSSH PRIVATE KEY-----", "", " \n", "# comment", "age1yubikey1qqqq",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		encrypter, diags := rotation.NewEncrypter(t.Context(), recipientList(line))
		for _, d := range diags {
			if problem := distrust.CheckMessage(d.Summary()+": "+d.Detail(), longestMessage); problem != nil || len(line) > 40 && strings.Contains(d.Detail(), line) {
				t.Errorf("%q: %s: %v", line, d.Detail(), problem)
			}
		}
		if diags.HasError() {
			return
		}
		stored, err := encrypter.Store("Marked-Secret-0123456789")
		if err != nil || !stored.Plain.IsNull() || stored.Encrypted.ValueString() == "" || strings.Contains(stored.Encrypted.ValueString(), "Marked-Secret") {
			t.Errorf("%q: %v, %v", line, stored, err)
		}
	})
}
