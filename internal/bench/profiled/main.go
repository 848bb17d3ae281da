// Command profiled serves this provider as it is shipped, and shows more of itself: with MINT_BENCH_PROFILE it writes a CPU profile
// of its whole life into that file, with MINT_BENCH_VITALS it serves its vital signs and writes where into that file.
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
	if path := os.Getenv("MINT_BENCH_PROFILE"); path != "" {
		file, err := os.Create(path)
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
