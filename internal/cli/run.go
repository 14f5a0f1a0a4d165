package cli

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/config"
	"github.com/counterfoil/counterfoil/internal/daemon"
)

func newRun(env Env) *cobra.Command {
	var file, dataDir, listen string
	c := &cobra.Command{
		Use:   "run [--config FILE | --data-dir DIR --listen HOST:PORT]",
		Short: "Run the daemon: take records in, keep them, serve the Audit page and the API",
		Long: `Run the daemon in the foreground until SIGTERM or SIGINT. Without a configuration file it keeps its trail in ./var,
serves the Audit page and the API on http://127.0.0.1:8470, and takes events in over HTTP and on the socket ingest.sock in the
data directory. It prints the address and, at the very first start, the password of the account admin, this once.

SIGHUP reads the configuration file again; a file with a mistake changes nothing. Under systemd it tells when it is
ready, reloading and stopping, and answers the watchdog: see dist/counterfoil.service.

Exit code 0: it was asked to stop and did; 2: the configuration has a mistake; 3: trouble, among it a trail that broke;
4: the disk is full and trail.full.action is halt (after trail.full.command was run).`,
		Example: `  counterfoil run
  counterfoil run --config /etc/counterfoil.yaml
  counterfoil run --data-dir /srv/trail --listen 127.0.0.1:9000`,
		Args: exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			reload := make(chan os.Signal, 1)
			signal.Notify(reload, syscall.SIGHUP)
			defer signal.Stop(reload)
			signal.Ignore(syscall.SIGPIPE) // whoever read standard output went away: an output's trouble, not the daemon's end
			return daemon.Run(c.Context(), daemon.Options{
				Load: func() (*config.Config, []byte, error) { return loadConfig(c, file, dataDir, listen) },
				File: file, Version: env.Version, Out: env.Stdout, Log: env.Stderr, Reload: reload, Getenv: env.Getenv,
			})
		},
	}
	c.Flags().StringVar(&file, "config", "", "configuration file (default: none, every setting has a default)")
	c.Flags().StringVar(&dataDir, "data-dir", config.Default().DataDir, "directory of the trail; wins over the file")
	c.Flags().StringVar(&listen, "listen", config.Default().Listen, "HOST:PORT to serve on; wins over the file")
	complete(c, "config", []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt)
	complete(c, "data-dir", nil, cobra.ShellCompDirectiveFilterDirs)
	complete(c, "listen", []string{config.Default().Listen}, cobra.ShellCompDirectiveNoFileComp)
	return c
}

// loadConfig reads the file, if one is named, and lets flags win. What is wrong in the file or the flags is a misuse.
func loadConfig(c *cobra.Command, file, dataDir, listen string) (cfg *config.Config, text []byte, err error) {
	cfg = config.Default()
	if file != "" {
		if text, err = os.ReadFile(file); err != nil {
			return nil, nil, &exit{exitMisuse, fmt.Errorf("read configuration: %w", err)}
		}
		if cfg, err = config.Parse(file, text); err != nil {
			return nil, nil, &exit{exitMisuse, err}
		}
	}
	if err := cfg.Policy.Timely(time.Now()); err != nil {
		return nil, nil, &exit{exitMisuse, err}
	}
	if c.Flags().Changed("data-dir") {
		cfg.DataDir = dataDir
	}
	if c.Flags().Changed("listen") {
		cfg.Listen = listen
	}
	if err := cfg.Check(); err != nil {
		return nil, nil, misuse(c, "%w", err)
	}
	return cfg, text, nil
}
