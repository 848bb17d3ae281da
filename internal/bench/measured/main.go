// Command measured runs the provider that MINT_BENCH_COMMAND names in its own place, and writes that process's peak resident memory in
// bytes into a file of its own in the folder that MINT_BENCH_PEAKS names: Terraform starts a provider several times in one command, and
// does not tell how much memory it took.
package main

import (
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
)

func main() {
	signal.Ignore(os.Interrupt) // the provider's to answer
	provider := exec.Command(os.Getenv("MINT_BENCH_COMMAND"), os.Args[1:]...)
	provider.Stdin, provider.Stdout, provider.Stderr = os.Stdin, os.Stdout, os.Stderr
	runErr := provider.Run()
	if provider.ProcessState != nil {
		text := strconv.FormatInt(peak(provider.ProcessState), 10)
		if err := os.WriteFile(filepath.Join(os.Getenv("MINT_BENCH_PEAKS"), strconv.Itoa(os.Getpid())), []byte(text), 0o600); err != nil {
			log.Print(err)
		}
	}
	if runErr != nil {
		log.Fatal(runErr)
	}
}
