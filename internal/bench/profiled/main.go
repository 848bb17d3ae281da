// Command profiled serves this provider as it is shipped, and shows more of itself: with MINT_BENCH_PROFILES it writes a CPU profile
// of its whole life into a file of its own in that folder, with MINT_BENCH_VITALS it serves its vital signs and writes where into that file.
package main

import (
	"errors"
	"flag"
	"log"
	"os"
	"runtime/pprof"

	"github.com/tokenmint/terraform-provider-mint/internal/bench/vitals"
	"github.com/tokenmint/terraform-provider-mint/internal/provider"
	"github.com/tokenmint/terraform-provider-mint/internal/serve"
)

func main() {
	debug := flag.Bool("debug", false, "serve until the process is killed: print how to attach, and stay")
	flag.Parse()
	if err := run(*debug); err != nil {
		log.Fatal(err)
	}
}

func run(debug bool) (err error) {
	if file := os.Getenv("MINT_BENCH_VITALS"); file != "" {
		if err := vitals.Serve(file); err != nil {
			return err
		}
	}
	if folder := os.Getenv("MINT_BENCH_PROFILES"); folder != "" {
		file, err := os.CreateTemp(folder, "*.pprof")
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer func() {
			pprof.StopCPUProfile()
			err = errors.Join(err, file.Close())
		}()
	}
	return serve.Provider(provider.Address, provider.New("bench"), debug)
}
