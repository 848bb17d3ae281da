package magpie_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// described puts tokens on an account, the last made first, and returns their ids in the order in which they were made.
func (o *organization) described(owner string, texts ...string) []string {
	o.t.Helper()
	ids := make([]string, len(texts))
	for i := range texts {
		at := len(texts) - 1 - i
		ids[at] = o.seed(owner, func(k *fake.Token) {
			k.Description, k.Created = texts[at], o.Clock().Now().Add(time.Duration(at-len(texts))*time.Hour)
		}).ID
	}
	return ids
}

// rows are the ids of a list.
func rows(list []protocoltest.Listed) string {
	ids := make([]string, len(list))
	for i, row := range list {
		ids[i] = row.Identity.Text("id")
	}
	return strings.Join(ids, " ")
}

// TestMagpieAccessToken_list lists what can be adopted, in an order of its own, and nothing that a run is at work with.
func TestMagpieAccessToken_list(t *testing.T) {
	t.Parallel()
	eachOf(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t, switched(func(w *fake.Switches) { w.ListOrder = "shuffled" }))
		now := o.Clock().Now()
		ids := o.described(o.owner(kind), "nightly", "", lentUntil(now.Add(time.Hour)), lentUntil(now.Add(-time.Hour)), "terraform-provider-mint: rotation of 17 under way", "off", "expired", "late")
		for _, edit := range []error{
			o.Magpie.SetDisabled(ids[5], true),
			o.Magpie.PatchToken(ids[6], func(k *fake.Token) { past := now.Add(-time.Minute); k.Expires = &past }),
			o.Magpie.PatchToken(ids[7], func(k *fake.Token) { later := now.Add(48 * time.Hour); k.Expires = &later }),
		} {
			if edit != nil {
				t.Fatal(edit)
			}
		}
		e := o.engine(kind, o.withPassword)
		own := values{"except_ids": []string{o.Magpie.Bootstrap().TokenID}}
		for name, c := range map[string]struct {
			config  values
			options protocoltest.ListOptions
			want    []string
		}{
			"all":          {nil, protocoltest.ListOptions{}, []string{ids[0], ids[1], ids[5], ids[7]}},
			"with expired": {values{"include_expired": true}, protocoltest.ListOptions{}, []string{ids[0], ids[1], ids[5], ids[6], ids[7]}},
			"disabled":     {values{"disabled": true}, protocoltest.ListOptions{}, []string{ids[5]}},
			"ending":       {values{"expires_within": "72h", "strict": true}, protocoltest.ListOptions{}, []string{ids[7]}},
			"old":          {values{"created_before": now.Add(-7*time.Hour - time.Minute).UTC().Format(time.RFC3339)}, protocoltest.ListOptions{}, []string{ids[0]}},
			"few":          {nil, protocoltest.ListOptions{Limit: 2}, []string{ids[0], ids[1]}},
		} {
			list, said := e.List(kind, arguments(kind, own.With(c.config)), c.options)
			if warned := o.warned(said); rows(list) != strings.Join(c.want, " ") || (warned != "") != (c.options.Limit > 0) {
				t.Errorf("%s: listed %s instead of %v: %s", name, rows(list), c.want, warned)
			}
		}
		owner := " (owner " + o.owner(kind)
		list, said := e.List(kind, arguments(kind, own), protocoltest.ListOptions{})
		e.NoError(said)
		want := []string{ids[0] + " nightly" + owner + ")", ids[1] + owner + ")", ids[5] + " off" + owner + ")", ids[7] + " late" + owner + ", expires " + now.Add(48*time.Hour).UTC().Format(time.DateOnly) + ")"}
		for i, row := range list {
			if row.DisplayName != want[i] {
				t.Errorf("it is shown as %q instead of %q", row.DisplayName, want[i])
			}
		}
		o.asked(http.MethodGet, listOf(kind), 1)
	})
}

// TestMagpieAccessToken_listAdopts: what is listed is what an import by the identity reads, and every row can be adopted.
func TestMagpieAccessToken_listAdopts(t *testing.T) {
	t.Parallel()
	eachOf(t, plainKinds(), func(t *testing.T, kind string) {
		t.Helper()
		o := emulate(t)
		ids := o.described(o.owner(kind), "nightly", "")
		if err := o.Magpie.SetDisabled(ids[1], true); err != nil {
			t.Fatal(err)
		}
		e := o.engine(kind)
		list, said := e.List(kind, arguments(kind, values{"except_ids": []string{o.Magpie.Bootstrap().TokenID}}), protocoltest.ListOptions{IncludeResource: true})
		if e.NoError(said); len(list) != len(ids) {
			t.Fatalf("listed %s", rows(list))
		}
		for i, row := range list {
			identity := arguments(kind, values{"id": ids[i]})
			for name, want := range identity {
				if row.Identity.Text(name) != want {
					t.Errorf("%s is %s", name, row.Identity.Text(name))
				}
			}
			imported, said := o.engine(kind).ImportByIdentity(identity)
			if e.NoError(said); !same(row.Resource, e.MustRead(imported)) {
				t.Errorf("listed is %s, imported is %s", row.Resource, imported)
			}
			if !row.Resource.IsNull("token") {
				t.Error("it has a secret")
			}
			l := o.subject(kind)
			l.Object = imported
			l.Does(protocoltest.Nothing, e.Generate(row.Resource))
		}
	})
}

// TestMagpieAccessToken_listRefused: what cannot be listed is an error, and is not taken for a list without tokens.
func TestMagpieAccessToken_listRefused(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	e := o.engine(service, impatience)
	o.refused("user_name", e.ValidateList(service, values{}))
	_, said := e.List(service, values{"user_name": "nobody@example.com"}, protocoltest.ListOptions{})
	o.refused("Check user_name", said)
	o.fault(http.MethodGet, userRoute, "status:500", 1)
	_, said = e.List(service, arguments(service, nil), protocoltest.ListOptions{})
	o.refused("Unable to list Magpie service account access token", said)
}

// TestMagpieAccessToken_inventory shows the caller's own tokens and those of the service accounts that are named, the tokens of runs
// included, without their marks.
func TestMagpieAccessToken_inventory(t *testing.T) {
	t.Parallel()
	o := emulate(t)
	owner := o.Magpie.Bootstrap().UserName
	o.user("loader@example.com")
	nightly := o.described(owner, "nightly")[0]
	marked := o.described(robot, lentUntil(o.Clock().Now().Add(time.Hour)), "terraform-provider-mint: rotation of 17 under way")
	loader := o.described("loader@example.com", "load")[0]
	if err := o.Magpie.SetDisabled(loader, true); err != nil {
		t.Fatal(err)
	}
	e := o.engine(service, o.withPassword, impatience)
	read := func(accounts ...string) (string, string) {
		t.Helper()
		found, said := e.ReadDataSource("mint_access_tokens", values{"systems": []string{"magpie"}, "magpie_service_accounts": accounts, "except_ids": []string{o.Magpie.Bootstrap().TokenID}})
		return found.String(), o.warned(said)
	}
	text, warned := read(robot, "loader@example.com")
	for _, want := range []string{`"personal_access_token"`, `"service_account_access_token"`, `"` + nightly + `"`, `"` + marked[0] + `"`, `"` + marked[1] + `"`, `"` + loader + `"`, `"nightly"`, `"load"`, `"` + owner + `"`, `"` + robot + `"`, `"disabled"`, `"active"`} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not show %s: %s", want, text)
		}
	}
	if warned != "" || strings.Contains(text, "terraform-provider-mint: rotation") || !strings.Contains(text, "terraform-provider-mint: ephemeral until") {
		t.Errorf("it shows %s, and warns %s", text, warned)
	}
	text, warned = read("nobody@example.com", robot)
	if !strings.Contains(text, `"`+marked[0]+`"`) || !strings.Contains(warned, "incomplete") || !strings.Contains(warned, "nobody@example.com") || strings.Contains(warned, robot) {
		t.Errorf("it shows %s, and warns %s", text, warned)
	}
	if _, warned = read(".."); !strings.Contains(warned, `".." is not a user name`) {
		t.Errorf("it warns %s", warned)
	}
	requests := o.requests(http.MethodGet, userRoute)
	if _, warned = read(); warned != "" || o.requests(http.MethodGet, userRoute) != requests {
		t.Errorf("without service accounts it asks for some: %s", warned)
	}
}
