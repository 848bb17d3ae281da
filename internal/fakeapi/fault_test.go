package fakeapi_test

import (
	"strings"
	"testing"

	"github.com/tokenmint/terraform-provider-mint/internal/fakeapi"
)

func TestFaults_refusesWhatCannotHit(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, c := range []struct {
		fault fakeapi.Fault
		says  string
	}{
		{fakeapi.Fault{Fault: ""}, "unknown fault"},
		{fakeapi.Fault{Fault: "explode"}, "status:503"},
		{fakeapi.Fault{Fault: "status"}, "whole number"},
		{fakeapi.Fault{Fault: "status:99"}, "between 200 and 599"},
		{fakeapi.Fault{Fault: "status:5x3"}, "whole number"},
		{fakeapi.Fault{Fault: "999-after"}, "between 200 and 599"},
		{fakeapi.Fault{Fault: "abc-after"}, "unknown fault"},
		{fakeapi.Fault{Fault: "429:soon"}, "whole number"},
		{fakeapi.Fault{Fault: "429-date"}, "whole number"},
		{fakeapi.Fault{Fault: "slow:fast"}, "duration"},
		{fakeapi.Fault{Fault: "slow:-1s"}, "positive"},
		{fakeapi.Fault{Fault: "slow"}, "duration"},
		{fakeapi.Fault{Fault: "lag:0"}, "between 1"},
		{fakeapi.Fault{Fault: "redirect"}, "URL"},
		{fakeapi.Fault{Fault: "hang:3"}, "nothing after a colon"},
		{fakeapi.Fault{Fault: "html", Times: -1}, "times"},
		{fakeapi.Fault{Fault: "html", System: "other"}, "unknown system"},
		{fakeapi.Fault{Fault: "html", Route: "/words/7"}, "no route"},
		{fakeapi.Fault{Fault: "html", Route: "/words", Method: "POST"}, "no route"},
		{fakeapi.Fault{Fault: "lag:1", Route: "/words/{id}"}, "no list route"},
	} {
		err := b.stage.Faults.Add(c.fault)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v: error %v does not say %q", c.fault, err, c.says)
		}
	}
	if left := b.stage.Faults.Pending(); len(left) != 0 {
		t.Errorf("queued: %+v", left)
	}
}

func TestFaults_documentedWordsAreAccepted(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, word := range fakeapi.FaultWords() {
		b.fault(word.Word)
	}
}

func TestFaults_matchAndCount(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, fault := range []fakeapi.Fault{
		{System: "toy", Method: "post", Route: "/words/{id}", Times: 2, Fault: "status:500"},
		{Method: "GET", Fault: "status:501"},
		{Fault: "status:502"},
	} {
		if err := b.stage.Faults.Add(fault); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for _, method := range []string{"GET", "POST", "POST", "POST", "GET"} {
		path := "/words"
		if method == "POST" {
			path = "/words/a"
		}
		response, _, err := b.send(method, path, "x")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, response.StatusCode)
		if len(got) == 2 && b.stage.Faults.Pending()[0].Times != 1 {
			t.Errorf("pending: %+v", b.stage.Faults.Pending())
		}
	}
	for i, want := range []int{501, 500, 500, 502, 200} {
		if got[i] != want {
			t.Errorf("request %d: status %d instead of %d", i, got[i], want)
		}
	}
	b.fault("html")
	b.stage.Faults.Clear()
	if len(b.stage.Faults.Pending()) != 0 {
		t.Error("Clear left a fault")
	}
}
