// Command chaos takes random configurations of all resources, on all emulated systems, through random runs of Terraform: requests fail,
// lists lag, processes are killed, plans are applied late, time passes, and others delete, change and make tokens meanwhile. After each
// sequence, once all is well again and one apply has succeeded, nothing may be lost: a live token of ours is in the state or was named to
// somebody, a token in the state is alive or reported, no token of somebody else was touched, no secret was shown, and the next plan is
// empty.
//
// A [Sequence] is data. The same seed draws the same one; one that fails is shortened, printed, and can be run again with -replay.
package main
