package main

import (
	"time"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
	magpie "github.com/tokenmint/terraform-provider-mint/internal/magpie/fake"
	sailpoint "github.com/tokenmint/terraform-provider-mint/internal/sailpoint/fake"
	truefoundry "github.com/tokenmint/terraform-provider-mint/internal/truefoundry/fake"
)

// switches draws what the vendors leave open, each of them both ways.
func (g *generator) switches() Switches {
	return Switches{SailPoint: g.sailpoint(), Magpie: g.magpie(), TrueFoundry: g.truefoundry()}
}

func (g *generator) sailpoint() sailpoint.Switches {
	return sailpoint.Switches{
		NeverExpiration: pick(g, "null", "absent", "empty"), ClearExpiration: pick(g, "remove", "replace_null", "both"),
		HideExpired: g.oneIn(3), OldCapLifted: g.oneIn(2), OldDefaultLifted: g.oneIn(2), HideNeverExpiresFlag: g.oneIn(2),
		Microseconds: g.oneIn(3), ShuffleScopes: g.oneIn(3), OmittedScope: pick(g, "all", "null"), OmitIdentityID: g.oneIn(4),
		Deprecated: g.oneIn(4),
		// The limits of a user and of the pace are another test's.
		TokensPerUser: -1, RateLimit: -1,
	}
}

func (g *generator) magpie() magpie.Switches {
	return magpie.Switches{
		// Short numbers would be found in times and addresses.
		IDKind: pick(g, "large_number", "uuid"), IDName: pick(g, "id", "tokenId", "accessTokenId"), KeyCase: pick(g, "camelCase", "snake_case", "PascalCase"),
		StatusName: pick(g, "status", "isDisabled", "enabled"), TimeForm: pick(g, "iso_z", "iso_z_millis", "iso_offset", "epoch_seconds", "epoch_millis"),
		NeverExpires: pick(g, "null", "missing", "empty"), EmptyDescription: pick(g, "null", "missing", "empty"),
		ListToken: pick(g, "none", "masked"), ListWrapper: pick(g, "bare", "accessTokens", "items"),
		ListOrder: pick(g, "oldest_first", "newest_first", "shuffled"), HideExpired: g.oneIn(2),
		TokenLifetime: fakeapi.Duration(pick(g, 0, 720*time.Hour)), CreateStatus: pick(g, 200, 201), CreateID: g.oneIn(2),
		RotateKeepsDescription: g.oneIn(2), HideDescription: g.oneIn(6), RotateKeepsStatus: g.oneIn(4), WriteStatus: pick(g, 200, 204), WriteBody: pick(g, "empty", "text", "json"),
		UnknownIDStatus: pick(g, 404, 400, 500, 200), ClearDescription: pick(g, "clears", "clears", "ignored"), SingleSession: g.oneIn(6),
		SessionsOutliveTokens: g.oneIn(2), NoSessionStatus: pick(g, 401, 403), ErrorForm: pick(g, "message", "error", "text", "html", "empty"),
	}
}

func (g *generator) truefoundry() truefoundry.Switches {
	w := truefoundry.Switches{}
	if g.oneIn(4) {
		w = truefoundry.Older()
	}
	w.TokenType = pick(g, "jwt", "jwt", "jwt", "opaque")
	w.KeepDeadJWTs, w.ExtraKeys, w.NewestFirst, w.BarePagination = g.oneIn(3), g.oneIn(3), g.oneIn(3), g.oneIn(3)
	w.NullToken, w.GetReturnsToken, w.BareStores = g.oneIn(3), g.oneIn(3), g.oneIn(3)
	w.HideJWTs, w.CreatedBy = pick(g, "never", "never", "list", "always"), pick(g, "full", "minimal", "nulls")
	w.ErrorBody, w.RegenerateAnswer = pick(g, "full", "numeric", "bare"), pick(g, "token", "account")
	w.ExpirationEdit, w.Day = pick(g, "moves", "keeps", "reissues"), pick(g, "start", "end")
	w.HideExpiredPATs, w.PATSecretAgain = g.oneIn(3), pick(g, "same", "fresh", "empty")
	w.AccountTokenDays, w.PATMaxAgeDays = pick(g, 0, 0, 20), pick(g, 0, 0, 0, 20)
	w.ActiveJWTDelete, w.OpaqueTokens = pick(g, "clear", "stale", "refused"), pick(g, "once", "again")
	w.PATList = pick(g, "own", "made", "tenant")
	return w
}
