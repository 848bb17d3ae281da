package lifecycle

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/tokenmint/terraform-provider-mint/internal/rotation"
)

// With ignore_changes Terraform plans with the state's values as if they were the configuration; an apply, and the creation of a
// replacement, get the configuration as it is. Arguments that the state has because they were asked for may well come that way. But name
// and expires_at are in the state also where nobody asked for them, and belong to one token: what they are for one must not become a
// wish for the next. Other values that a server has chosen are kept anyway, as [Arguments] says.

// unasked names the attributes of a configuration or a plan whose value nobody asked for. They equal those of the state; a name comes
// together with a prefix, or an expiry with a lifetime or with never_expires, which no configuration can have, or else the token was
// minted without.
func (l life[M, P, R]) unasked(m, state P, record rotation.Record) []string {
	var found []string
	if names := namesOf(m); names != nil && isKnown(names.Name) && names.Name.Equal(namesOf(state).Name) && !names.NamePrefix.IsNull() {
		found = append(found, "name")
	}
	expiry := m.Shared().ExpiresAt
	isAsked := record.AskedExpiry || record.Imported
	if isKnown(expiry) && expiry.Equal(state.Shared().ExpiresAt) && (!isAsked || l.decidesExpiry(m)) {
		found = append(found, "expires_at")
	}
	return found
}

// decidesExpiry reports whether a model says by another argument than expires_at how long a token lives.
func (l life[M, P, R]) decidesExpiry(m P) bool {
	names := namesOf(m)
	return names != nil && !names.Lifetime.IsNull() || l.neverExpires(m).ValueBool()
}

// askedConfig returns a plan in the making whose configuration asks for nothing that nobody asked for, and what it has left out.
func (l life[M, P, R]) askedConfig(p Planning[P]) (Planning[P], []string) {
	if p.State == nil {
		return p, nil
	}
	left := l.unasked(p.Config, p.State, p.Record)
	p.Config = clone(p.Config)
	leaveOut(p.Config, left, types.StringNull(), rotation.TimeText{})
	return p, left
}

// judgedConfig is [life.askedConfig] for what may fail a plan: an expiry that may be the configuration's own stays. An apply knows, and
// refuses before anything is sent.
func (l life[M, P, R]) judgedConfig(p Planning[P]) Planning[P] {
	asked, left := l.askedConfig(p)
	if l.mayBeAsked(p.Config, left) {
		asked.Config.Shared().ExpiresAt = p.Config.Shared().ExpiresAt
	}
	return asked
}

// mayBeAsked reports whether what is left out of a configuration is an expiry with nothing in its place. Then either ignore_changes has
// Terraform send it, or its author has set it to just what had been computed, which no apply has learnt of yet.
func (l life[M, P, R]) mayBeAsked(config P, left []string) bool {
	return slices.Contains(left, "expires_at") && !l.decidesExpiry(config)
}

// askedPlan returns the plan of a token that is minted in place of another one, without the values that nobody asked for: what an
// apply gets is the configuration as it is.
func (l life[M, P, R]) askedPlan(config, plan, state P, record rotation.Record) P {
	left := slices.DeleteFunc(l.unasked(plan, state, record), func(name string) bool { return rotation.IsGiven(config, name) })
	asked := clone(plan)
	leaveOut(asked, left, types.StringUnknown(), rotation.UnknownTime())
	return asked
}

func leaveOut(m Model, attributes []string, name types.String, expiry rotation.TimeText) {
	if slices.Contains(attributes, "name") {
		namesOf(m).Name = name
	}
	if slices.Contains(attributes, "expires_at") {
		m.Shared().ExpiresAt = expiry
	}
}

// warnIgnored warns of a rotation in place whose plan shows values of the token that gives way, because Terraform insists on what it
// sends as the configuration.
func (l life[M, P, R]) warnIgnored(config P, left []string) diag.Diagnostics {
	var diags diag.Diagnostics
	if l.mayBeAsked(config, left) {
		left = slices.DeleteFunc(slices.Clone(left), func(name string) bool { return name == "expires_at" })
		diags.AddAttributeWarning(at("expires_at"), "The plan shows the expiry of the previous token",
			"If the configuration sets expires_at, the new token gets this expiry, too. If it does not, and ignore_changes names expires_at, the new token gets its own expiry, and the state shows the previous one until the next refresh: remove expires_at from ignore_changes.")
	}
	if len(left) > 0 {
		all := strings.Join(left, " and ")
		diags.AddAttributeWarning(at(left[0]), "A rotation changes arguments in ignore_changes",
			"The new token gets its own "+all+". Because of ignore_changes, this plan shows the values of the previous token, and so does the state until the next refresh. Remove "+all+" from ignore_changes; if it is all, list the arguments to ignore instead. An argument that the configuration does not set is never planned as a change.")
	}
	return diags
}

// keepPlanned puts back what the plan has promised. What the server made of an argument is noted and said once, also if an earlier
// answer was the same; as long as it answers the same, the state keeps what was asked.
func (l life[M, P, R]) keepPlanned(result, plan, config P, record *rotation.Record, earlier map[string]string, diags *diag.Diagnostics) {
	// From now on it is asked for, also where it equals what had been computed, so that nothing was sent.
	record.AskedExpiry = record.AskedExpiry || isKnown(config.Shared().ExpiresAt)
	answered := rotation.KeepPlanned(result, plan, previousAttributes()...)
	arguments := l.kind.Arguments()
	for name, value := range answered {
		expiry, isExpiry := value.(rotation.TimeText)
		if isExpiry && name == "expires_at" && !rotation.IsGiven(config, name) && (earlier[name] != "" || rotation.SameInstant(rotation.Instant(expiry), record.GrantedExpiry)) {
			// Nobody asked for what the plan had to promise: the record knows the real one, and the next refresh shows it.
			record.Normalize(name, rotation.UnknownTime())
		}
		if value.IsUnknown() || !rotation.IsGiven(config, name) && !slices.Contains(slices.Concat(arguments.Kept, arguments.Cleared), name) {
			continue
		}
		if name != "expires_at" && earlier[name] != value.String() {
			diags.AddAttributeWarning(at(name), "The server changed the request",
				"For the token "+subject(result)+" the server shows another "+name+" than was requested: "+value.String()+". The state keeps the requested value as long as the server shows this one.")
		}
		record.Normalize(name, value)
	}
}
