package system_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/system"
)

// declared is a system with one argument of every sort. Its client is the text of all that it is made from.
func declared() system.System {
	return system.System{
		Name: "sun", Title: "Sun Cloud",
		Block: system.Block{
			Description: "The sun.",
			BaseURL:     system.Argument{Variable: "SUN_URL", Description: "The host."},
			Arguments: []system.Argument{
				{Name: "tenant", Variable: "SUN_TENANT", Description: "The tenant."},
				{Name: "api_version", Default: "v1", OneOf: []string{"v1", "v2"}, Description: "The version."},
				{Name: "token", Variable: "SUN_TOKEN", Secret: true, Description: "The token."},
				{Name: "user", Variable: "SUN_USER", Description: "The user."},
				{Name: "password", Variable: "SUN_PASSWORD", Secret: true, Description: "The password."},
				{Name: "session", Secret: true, Description: "The session."},
			},
			Logins: [][]string{{"token"}, {"user", "password"}, {"session"}},
		},
		Connect: func(v system.Values) any {
			text := v.HTTP.System + " at " + v.HTTP.BaseURL.String()
			for _, name := range []string{"tenant", "api_version", "user"} {
				text += " " + name + "=" + v.Text(name)
			}
			for _, name := range []string{"token", "password", "session"} {
				text += " " + name + "=" + v.Secret(name).Reveal()
			}
			return made(text)
		},
	}
}

type made string

// block is the provider block with these arguments; all others are null.
func block(arguments map[string]string) types.Object {
	kinds, values := map[string]attr.Type{}, map[string]attr.Value{}
	for name, attribute := range declared().Attribute().Attributes {
		kinds[name], values[name] = attribute.GetType(), types.StringNull()
		if text, ok := arguments[name]; ok {
			values[name] = types.StringValue(text)
		}
	}
	return types.ObjectValueMust(kinds, values)
}

// read makes the client from a block and an environment; without a block it is null.
func read(t *testing.T, arguments, environment map[string]string) (string, diag.Diagnostics) {
	t.Helper()
	object := types.ObjectNull(nil)
	if arguments != nil {
		object = block(arguments)
	}
	env := system.Env{Getenv: func(name string) string { return environment[name] }}
	b := configuredAs[made](t, system.Noun{System: "sun"}, system.NewConnection(declared(), object, system.Settings{Env: env}))
	var diags diag.Diagnostics
	client, _ := b.Client(system.Applying, &diags)
	return string(client), diags
}

func TestBlock_values(t *testing.T) {
	t.Parallel()
	type texts = map[string]string
	whole := texts{"SUN_URL": "https://sun.example.com", "SUN_TENANT": "acme", "SUN_TOKEN": "t", "SUN_USER": "u", "SUN_PASSWORD": "p"}
	with := func(changes texts) texts {
		changed := maps.Clone(whole)
		maps.Copy(changed, changes)
		return changed
	}
	const at = "sun at https://sun.example.com tenant=acme api_version=v1 "
	for name, c := range map[string]struct {
		block, environment texts
		want               string
	}{
		"environment alone":                   {nil, whole, at + "user= token=t password= session="},
		"an empty block":                      {texts{}, whole, at + "user= token=t password= session="},
		"the block goes first":                {texts{"base_url": "https://moon.example.com/x/", "tenant": "other", "api_version": "v2"}, whole, "sun at https://moon.example.com/x tenant=other api_version=v2 user= token=t password= session="},
		"white space of the environment":      {nil, with(texts{"SUN_URL": " https://sun.example.com\r\n", "SUN_TENANT": "\tacme\n", "SUN_TOKEN": "\n t \n"}), at + "user= token=t password= session="},
		"the last line break of a file":       {texts{"user": "u", "password": " p \r\n"}, whole, at + "user=u token= password= p  session="},
		"a password of the environment":       {nil, with(texts{"SUN_TOKEN": " "}), at + "user=u token= password=p session="},
		"a way of the block, wholly":          {texts{"user": "me", "password": "mine"}, whole, at + "user=me token= password=mine session="},
		"a way of the block, and its rest":    {texts{"password": "mine"}, whole, at + "user=u token= password=mine session="},
		"a way that has no variable":          {texts{"session": "s"}, whole, at + "user= token= password= session=s"},
		"the block's token, not its password": {texts{"token": "mine"}, whole, at + "user= token=mine password= session="},
	} {
		got, diags := read(t, c.block, c.environment)
		if got != c.want || len(diags) > 0 {
			t.Errorf("%s: %q, %v", name, got, diags)
		}
	}
}

func TestBlock_faults(t *testing.T) {
	t.Parallel()
	type texts = map[string]string
	whole := texts{"SUN_URL": "https://sun.example.com", "SUN_TENANT": "acme", "SUN_TOKEN": "t"}
	const (
		unset    = "Sun Cloud is not configured: The configuration uses an object of Sun Cloud, but the provider does not know "
		set      = `. Set it in the provider's "sun" block, or set the environment variable named in parentheses.`
		unusable = " cannot be used: it holds a line break or another control character."
	)
	for name, c := range map[string]struct {
		block, environment texts
		want               string
	}{
		"nothing":                          {nil, nil, unset + "base_url (SUN_URL), tenant (SUN_TENANT); token (SUN_TOKEN), or user and password (SUN_USER, SUN_PASSWORD), or session" + set},
		"half a login of the block":        {texts{"user": "u"}, whole, unset + "password (SUN_PASSWORD)" + set},
		"half a login of the environment":  {nil, texts{"SUN_URL": "https://sun.example.com", "SUN_TENANT": "acme", "SUN_PASSWORD": "p"}, unset + "user (SUN_USER)" + set},
		"an argument that turns out empty": {texts{"tenant": "\n"}, whole, "Invalid tenant: The argument sun.tenant is empty: give it a value, or remove it, so that the environment variable SUN_TENANT is used."},
		"an empty base URL":                {texts{"base_url": ""}, whole, "Invalid base URL: The argument sun.base_url is empty: give it a value, or remove it, so that the environment variable SUN_URL is used."},
		"an empty version":                 {texts{"api_version": ""}, whole, "Invalid api_version: The argument sun.api_version is empty: give it a value."},
		"an empty login beside another":    {texts{"token": "", "user": "u", "password": "p"}, whole, "Invalid token: The argument sun.token is empty: give it a value, or remove it, so that the environment variable SUN_TOKEN is used."},
		"parts of two ways to log in": {
			texts{"user": "u", "session": "s"},
			whole,
			"Conflicting credentials: The provider's \"sun\" block names user, and session, which are different ways to log in. Set only one of them.",
		},
		"a bad URL of the environment": {
			nil,
			texts{"SUN_URL": "sun", "SUN_TENANT": "acme", "SUN_TOKEN": "t"},
			"Invalid base URL: The environment variable SUN_URL cannot be used: it must be a full URL, such as https://acme.example.com.",
		},
		"a bad URL of the block": {
			texts{"base_url": "http://sun.example.com"},
			whole,
			"Invalid base URL: The argument sun.base_url cannot be used: plain http is accepted for loopback addresses only, because the credential would be sent unencrypted: use https.",
		},
		"a line break in the environment": {
			nil,
			texts{"SUN_URL": "https://sun.example.com", "SUN_TENANT": "acme", "SUN_TOKEN": "s3c\nr3t"},
			"Invalid token: The environment variable SUN_TOKEN" + unusable,
		},
		"a control character in the block": {texts{"token": "s3c\x00r3t"}, whole, "Invalid token: The argument sun.token" + unusable},
		"an unknown version":               {texts{"api_version": "v9"}, whole, "Invalid api_version: The argument sun.api_version cannot be used: it must be one of v1, v2."},
		"two ways to log in": {
			texts{"token": "t", "password": "p"},
			whole,
			"Conflicting credentials: The provider's \"sun\" block names token, and password, which are different ways to log in. Set only one of them.",
		},
		"all ways to log in": {
			texts{"token": "t", "user": "u", "password": "p", "session": "s"},
			whole,
			"Conflicting credentials: The provider's \"sun\" block names token, and user and password, and session, which are different ways to log in. Set only one of them.",
		},
		"several": {
			texts{"password": "s3c\vr3t"},
			texts{"SUN_URL": "https://me:s3cr3t@sun.example.com"},
			"Invalid base URL: The environment variable SUN_URL cannot be used: it must not hold a user name or password.\n" +
				"The argument sun.password" + unusable + "\n" + strings.TrimPrefix(unset, "Sun Cloud is not configured: ") + "tenant (SUN_TENANT), user (SUN_USER)" + set,
		},
	} {
		got, diags := read(t, c.block, c.environment)
		if got != "" || len(diags) != 1 {
			t.Errorf("%s: %q, %v", name, got, diags)
			continue
		}
		if diff := cmp.Diff(c.want, diags[0].Summary()+": "+diags[0].Detail()); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// TestBlock_unknown: one argument that is not known yet keeps the connection waiting, whatever else is wrong.
func TestBlock_unknown(t *testing.T) {
	t.Parallel()
	half := block(nil).Attributes()
	half["tenant"] = types.StringUnknown()
	of := types.ObjectValueMust(block(nil).AttributeTypes(t.Context()), half)
	b := configuredAs[made](t, system.Noun{System: "sun"}, system.NewConnection(declared(), of, system.Settings{Env: system.Env{Getenv: func(string) string { return "" }}}))
	var diags diag.Diagnostics
	if _, ok := b.Client(system.Planning, &diags); ok || len(diags) > 0 {
		t.Errorf("planning: %v", diags)
	}
	if _, ok := b.Client(system.Reading, &diags); ok || len(diags) != 1 || diags[0].Summary() != "The provider's sun block is not known yet" {
		t.Errorf("reading: %v", diags)
	}
}

func TestBlock_attribute(t *testing.T) {
	t.Parallel()
	attribute := declared().Attribute()
	if !attribute.Optional || attribute.MarkdownDescription != "The sun." {
		t.Errorf("the block: %+v", attribute)
	}
	if got := slices.Sorted(maps.Keys(attribute.Attributes)); !slices.Equal(got, []string{"api_version", "base_url", "password", "session", "tenant", "token", "user"}) {
		t.Errorf("arguments %v", got)
	}
	for name, a := range attribute.Attributes {
		secret := name == "token" || name == "password" || name == "session"
		if !a.IsOptional() || a.IsRequired() || a.IsSensitive() != secret {
			t.Errorf("%s: optional %t, sensitive %t", name, a.IsOptional(), a.IsSensitive())
		}
	}
	describes := map[string]string{"base_url": "The host. May also be set with `SUN_URL`.", "session": "The session."}
	for name, want := range describes {
		if got := attribute.Attributes[name].GetMarkdownDescription(); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	// What cannot be used is an error only where an object of the system is.
	for name, a := range attribute.Attributes {
		if text, _ := a.(schema.StringAttribute); len(text.Validators) > 0 {
			t.Errorf("%s has validators", name)
		}
	}
}
