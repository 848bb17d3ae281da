package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

// TestAccAdoption_adopt adopts 200 tokens of all nouns in three commands: a query that writes the configuration, an apply, and a plan, which is
// empty. No server changes meanwhile, and no token is read before the apply.
func TestAccAdoption_adopt(t *testing.T) {
	t.Parallel()
	w, nouns := newEstate(t)
	total, read := 0, 0
	for _, noun := range nouns {
		total += noun.count
		if noun.isRead {
			read += noun.count
		}
	}
	if total != 200 {
		t.Errorf("the nouns have %d tokens instead of 200", total)
	}
	alive := fmt.Sprint(w.sandbox.Live())

	said := w.mustRun("query", "-no-color", "-generate-config-out=adopted.tf")
	if rows := strings.Count("\n"+said, "\nlist."); rows != total {
		t.Errorf("%d rows are listed instead of %d:\n%s", rows, total, said)
	}
	adopted := w.file("adopted.tf")
	if count := strings.Count(adopted, "\nresource \""); count != total {
		t.Errorf("%d resources are generated instead of %d", count, total)
	}
	w.sameAgain(adopted)
	w.mustHave(tokenReads, 0)

	if said := w.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(said, fmt.Sprintf("%d imported, 0 added, %d changed, 0 destroyed", total, read)) {
		t.Error(ending(said))
	}
	w.mustHave(tokenReads, read)
	w.unchanged()
	if now := fmt.Sprint(w.sandbox.Live()); now != alive {
		t.Errorf("alive are %s instead of %s", now, alive)
	}
	w.mustHave(isWrite, 0)
	w.mustShowNoSecret(adopted, w.printed.String(), w.stateWithout(tokensOfAccounts(w)...))
}

// TestAccAdoption_adoptEncrypted sets encrypt_secret_to before the apply that reads the tokens: then no secret is ever stored in plain text.
func TestAccAdoption_adoptEncrypted(t *testing.T) {
	t.Parallel()
	w, nouns := newEstate(t)
	w.folderHas("tokens.tfquery.hcl", nouns["mint_truefoundry_virtual_account"].lists)
	w.mustRun("query", "-no-color", "-generate-config-out=adopted.tf")
	identity, _ := newIdentity(t, "")
	w.folderHas("adopted.tf", regexp.MustCompile(`encrypt_secret_to( +)= null`).ReplaceAllString(w.file("adopted.tf"), `encrypt_secret_to$1= ["`+identity.Recipient().String()+`"]`))
	w.mustRun("apply", "-no-color", "-auto-approve")
	w.unchanged()
	w.mustHave(isWrite, 0)
	for address, attributes := range w.state() {
		if attributes["encrypted_secret"] == nil || attributes["token"] != nil {
			t.Errorf("%s is not encrypted", address)
		}
	}
	w.mustShowNoSecret(w.printed.String(), w.stateWithout())
}

// TestAccAdoption_adoptAgain queries once more after an adoption, without what is adopted already.
func TestAccAdoption_adoptAgain(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.requireQueriesAndActions()
	w.write("")
	for n := range 8 {
		if err := seedSailPoint(w, n); err != nil {
			t.Fatal(err)
		}
	}
	const noun = "mint_sailpoint_personal_access_token"
	own := fmt.Sprintf("%q", w.sandbox.SailPoint.Bootstrap().ClientID)
	w.folderHas("tokens.tfquery.hcl", listBlock(noun, "first", "name_prefix = \"ci-\"\n    except_ids = ["+own+"]"))
	w.mustRun("query", "-no-color", "-generate-config-out=first.tf")
	w.mustRun("apply", "-no-color", "-auto-approve")
	ids := []string{own}
	for _, attributes := range w.state() {
		ids = append(ids, fmt.Sprintf("%q", attributes["id"]))
	}
	w.folderHas("tokens.tfquery.hcl", listBlock(noun, "second", "except_ids = ["+strings.Join(ids, ", ")+"]"))
	w.mustRun("query", "-no-color", "-generate-config-out=second.tf")
	if said := w.mustRun("apply", "-no-color", "-auto-approve"); !strings.Contains(said, "2 imported, 0 added, 0 changed, 0 destroyed") {
		t.Error(ending(said))
	}
	w.unchanged()
	w.mustHave(isWrite, 0)
	w.mustHoldNoSecret()
}

// newEstate is a workshop, not at trace level, whose servers have tokens of every noun that the provider lists.
func newEstate(t *testing.T) (*workshop, map[string]adoptable) {
	t.Helper()
	w := newFleet(t)
	w.requireQueriesAndActions()
	nouns := declared(t)
	for _, noun := range nouns {
		for n := range noun.count {
			if err := noun.seed(w, n); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.write("")
	w.folderHas("tokens.tfquery.hcl", w.queries(nouns))
	return w, nouns
}

// sameAgain fails the test unless another query writes the same configuration, in whatever order the servers list.
func (w *workshop) sameAgain(adopted string) {
	w.t.Helper()
	w.otherOrder()
	again := filepath.Join(w.t.TempDir(), "again.tf")
	w.mustRun("query", "-no-color", "-generate-config-out="+again)
	text, err := os.ReadFile(again)
	if err != nil {
		w.t.Fatal(err)
	}
	names := regexp.MustCompile(`(?s)\nimport \{.*?\n\}`)
	first, second := names.FindAllString(adopted, -1), names.FindAllString(string(text), -1)
	slices.Sort(first)
	slices.Sort(second)
	if len(first) == 0 || !slices.Equal(first, second) {
		w.t.Errorf("another query gives other names:\n%s\n%s", first, second)
	}
}

// isWrite reports whether a request may have changed something on a server. A login changes nothing.
func isWrite(e fakeapi.Entry) bool {
	return e.Method != "GET" && e.Route != "/oauth/token" && e.Route != "/api/magpie/login"
}

// tokenReads reports whether a request has read the token of a virtual account.
func tokenReads(e fakeapi.Entry) bool { return e.Route == "/api/svc/v1/virtual-accounts/{id}/token" }

// mustHave fails the test unless so many requests of a kind have reached the servers.
func (w *workshop) mustHave(kind func(fakeapi.Entry) bool, want int) {
	w.t.Helper()
	entries := slices.DeleteFunc(w.sandbox.Journal().Entries(), func(e fakeapi.Entry) bool { return !kind(e) })
	if len(entries) != want {
		w.t.Errorf("%d requests instead of %d: %v", len(entries), want, entries)
	}
}

// mustShowNoSecret searches texts for every secret that the emulators know.
func (w *workshop) mustShowNoSecret(texts ...string) {
	w.t.Helper()
	minted := w.sandbox.Vault().Minted()
	if len(minted) == 0 {
		w.t.Error("the vault is empty: the search below proves nothing")
	}
	for _, secret := range minted {
		for at, text := range texts {
			if strings.Contains(text, tail(secret)) {
				w.t.Errorf("text %d of %d holds a secret", at+1, len(texts))
			}
		}
	}
}

// file is what a file in the folder holds.
func (w *workshop) file(name string) string {
	w.t.Helper()
	return read(w.t, filepath.Join(w.folder, name))
}

// stateWithout is the text of the state without some secrets, each of which must be in it.
func (w *workshop) stateWithout(secrets ...string) string {
	w.t.Helper()
	text := w.file("terraform.tfstate")
	for _, secret := range secrets {
		if !strings.Contains(text, secret) {
			w.t.Error("the state lacks the token of an account")
		}
		text = strings.ReplaceAll(text, secret, "")
	}
	return text
}

// tokensOfAccounts are the tokens that work of the virtual accounts in the state.
func tokensOfAccounts(w *workshop) []string {
	var secrets []string
	for address, attributes := range w.state() {
		if strings.HasPrefix(address, "mint_truefoundry_virtual_account.") {
			account, _ := w.sandbox.TrueFoundry.VirtualAccountNamed(fmt.Sprint(attributes["name"]))
			secrets = append(secrets, account.Secret())
		}
	}
	return secrets
}

// ending is the end of what Terraform printed.
func ending(said string) string { return said[max(0, len(said)-2000):] }
