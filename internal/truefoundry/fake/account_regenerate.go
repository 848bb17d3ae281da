package fake

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// graceUnit is how a contract takes grace periods.
type graceUnit struct {
	key  string
	most float64
	one  time.Duration
}

// graceUnits returns the unit of the plane, and that of the other contract.
func (s *Server) graceUnits() (own, other graceUnit) {
	days := graceUnit{"gracePeriodInDays", 365, day}
	minutes := graceUnit{"gracePeriodInMinutes", 365 * 24 * 60, time.Minute}
	if s.newerAccounts() {
		return minutes, days
	}
	return days, minutes
}

func (s *Server) newerAccounts() bool { return s.switches.AccountPlane != "older" }

// gracePeriod reads the body of regenerate-token.
func (s *Server) gracePeriod(c *call) (time.Duration, *problem) {
	own, other := s.graceUnits()
	known := []string{own.key}
	if s.switches.GraceMismatch == "ignored" {
		known = append(known, other.key)
	}
	fields, refused := c.object(known...)
	if refused != nil {
		refused.status = s.graceStatus()
		return 0, refused
	}
	raw, present := fields[own.key]
	if !present && s.switches.GraceMismatch == "ignored" {
		return 0, nil
	}
	var number *float64
	if json.Unmarshal(raw, &number) != nil || number == nil || *number < 0 || *number > own.most {
		return 0, &problem{status: s.graceStatus(), message: fmt.Sprintf("%s must be a number between 0 and %v", own.key, own.most)}
	}
	return time.Duration(*number * float64(own.one)), nil
}

// graceStatus is the status of a body that fails validation: only newer planes declare 422.
func (s *Server) graceStatus() int {
	switch {
	case s.switches.GraceStatus != 0:
		return s.switches.GraceStatus
	case s.newerAccounts():
		return http.StatusUnprocessableEntity
	}
	return http.StatusBadRequest
}

// regenerate is POST on regenerate-token: a new secret now, the end of the old one after the grace period.
func (s *Server) regenerate(c *call) (int, any, *problem) {
	a, refused := s.managed(c, rightManageAccount)
	if refused != nil {
		return 0, nil, refused
	}
	if mapping, _ := a.Manifest["identity_provider_mapping"].([]any); len(mapping) > 0 && s.newerAccounts() {
		return 0, nil, &problem{
			status: http.StatusUnprocessableEntity, message: "Tokens of a virtual account with an identity provider mapping cannot be regenerated",
		}
	}
	grace, refused := s.gracePeriod(c)
	if refused != nil {
		return 0, nil, refused
	}
	a = s.regenerated(a, grace)
	s.putStored(a)
	answer := map[string]any{"token": a.Secret()}
	if s.switches.RegenerateAnswer == "account" {
		answer["data"] = s.accountRow(s.catchUp(a), false)
	}
	return http.StatusOK, answer, nil
}

func (s *Server) regenerated(a VirtualAccount, grace time.Duration) VirtualAccount {
	now := s.now().Truncate(time.Millisecond)
	a = s.reissue(a, now, grace, "")
	a.Updated = now
	return a
}
