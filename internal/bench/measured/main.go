// Command measured runs the provider that MINT_BENCH_COMMAND names in its own place, and writes that process's peak resident memory in
// bytes into the file that MINT_BENCH_PEAK names. Terraform does not tell how much memory a plugin took.
package main

import (
	"log"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
)

func main() {
	signal.Ignore(os.Interrupt) // the provider's to answer
	provider := exec.Command(os.Getenv("MINT_BENCH_COMMAND"), os.Args[1:]...)
	provider.Stdin, provider.Stdout, provider.Stderr = os.Stdin, os.Stdout, os.Stderr
	runErr := provider.Run()
	if provider.ProcessState != nil {
		text := strconv.FormatInt(peak(provider.ProcessState), 10)
		if err := os.WriteFile(os.Getenv("MINT_BENCH_PEAK"), []byte(text), 0o600); err != nil {
			log.Print(err)
		}
	}
	if runErr != nil {
		log.Fatal(runErr)
	}
}
