package randomrun

import (
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"filippo.io/age/armor"

	"github.com/tokenmint/terraform-provider-mint/internal/protocoltest"
)

// Draw draws what happens.
type Draw struct {
	*rand.Rand
	t          *testing.T
	identities []age.Identity
	recipients []string
	generation int
	clock      Clock
}

func newDraw(t *testing.T, seed uint64) *Draw {
	t.Helper()
	d := &Draw{Rand: rand.New(rand.NewPCG(seed, 1)), t: t} //nolint:gosec // the same seed is to draw the same
	for range 2 {
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			t.Fatal(err)
		}
		d.identities, d.recipients = append(d.identities, identity), append(d.recipients, identity.Recipient().String())
	}
	return d
}

// Pick is one of these.
func Pick[T any](d *Draw, of ...T) T { return of[d.IntN(len(of))] }

// OneIn is true once in so many times.
func (d *Draw) OneIn(times int) bool { return d.IntN(times) == 0 }

// Now is the time of the emulated system.
func (d *Draw) Now() time.Time { return d.clock.Now() }

// Trigger makes rotation_triggers that never were before, or seldom none.
func (d *Draw) Trigger() protocoltest.Values {
	if d.OneIn(8) {
		return protocoltest.Values{"rotation_triggers": nil}
	}
	d.generation++
	return protocoltest.Values{"rotation_triggers": protocoltest.Values{"generation": strconv.Itoa(d.generation)}}
}

// Recipients makes encrypt_secret_to.
func (d *Draw) Recipients() protocoltest.Values {
	return protocoltest.Values{"encrypt_secret_to": Pick[any](d, nil, d.recipients[:1], d.recipients[1:])}
}

// decrypt opens an encrypted secret.
func (d *Draw) decrypt(sealed string) string {
	d.t.Helper()
	opened, err := age.Decrypt(armor.NewReader(strings.NewReader(sealed)), d.identities...)
	if err != nil {
		d.t.Errorf("decrypt: %s", err)
		return ""
	}
	secret, err := io.ReadAll(opened)
	if err != nil {
		d.t.Error(err)
	}
	return string(secret)
}

// Set draws one value for an argument.
func Set(name string, of ...any) Edit {
	return Edit{Name: name, Make: func(d *Draw) protocoltest.Values { return protocoltest.Values{name: Pick(d, of...)} }}
}

// Triggers is the edit that asks for a rotation, and more often than others.
func Triggers() Edit { return Edit{Name: "rotation_triggers", Often: 4, Make: (*Draw).Trigger} }

// Encrypts is the edit that encrypts secrets, or does not.
func Encrypts() Edit { return Edit{Name: "encrypt_secret_to", Make: (*Draw).Recipients} }
