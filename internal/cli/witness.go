package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/counterfoil/counterfoil/internal/disk"
	"github.com/counterfoil/counterfoil/internal/witness"
	"github.com/counterfoil/counterfoil/proof"
)

func newWitness(env Env) *cobra.Command {
	var dir, listen, name string
	var trails []string
	c := &cobra.Command{
		Use:   "witness --trail KEY… [--name NAME]",
		Short: "Watch other trails: cosign their checkpoints as long as they only grow",
		Long: `Run a witness (C2SP tlog-witness) for other people's trails. A trail sends it every new checkpoint with a proof that the
new tree contains the last one that this witness cosigned; the witness keeps the checkpoint and gives its cosignature. A
trail that was cut, rewritten or forked cannot have it any more, and every checkpoint that was cosigned tells on it.
The witness sees sizes and hashes, never a record.

Run it on another machine, by other people, than the trail: that is what it is worth. Its directory holds its key and the
last checkpoint of each trail. Do not restore it from an old copy: if it is lost, begin with a new key.

Trails are named by their verifier keys (` + "`counterfoil verify`" + ` prints a trail's). The witness's own key is printed at the start, and
served on GET /key: it goes into counterfoil.yaml of the trail, under witness.servers, and to those who verify.

It speaks plain HTTP: put a TLS proxy in front before it leaves the machine.`,
		Example: `  counterfoil witness --data-dir /var/lib/witness --name witness.example.org --trail 'nas1/counterfoil/1a2b3c4d+5e6f7a8b+AQ…'`,
		Args:    exactly(),
		RunE: func(c *cobra.Command, _ []string) error {
			return runWitness(c, env, dir, listen, witness.Options{Name: name, Trails: trails})
		},
	}
	c.Flags().StringVar(&dir, "data-dir", "witness", "directory of the witness")
	c.Flags().StringVar(&listen, "listen", "127.0.0.1:8471", "HOST:PORT to serve on")
	c.Flags().StringVar(&name, "name", "", "name in its key, for a new directory: a host name or a URL without scheme")
	c.Flags().StringArrayVar(&trails, "trail", nil, "verifier key of a trail to watch; may be given several times")
	complete(c, "data-dir", nil, cobra.ShellCompDirectiveFilterDirs)
	for _, flag := range []string{"listen", "name", "trail"} {
		complete(c, flag, nil, cobra.ShellCompDirectiveNoFileComp)
	}
	need(c, "trail")
	return c
}

func runWitness(c *cobra.Command, env Env, dir, listen string, o witness.Options) error {
	fs, err := disk.Open(dir)
	if err != nil {
		return err
	}
	w, err := witness.Open(fs, o)
	switch {
	case errors.Is(err, witness.ErrName) && o.Name == "":
		return misuse(c, "--name is missing: a new witness wants one, such as witness.example.org")
	case errors.Is(err, witness.ErrName):
		return misuse(c, "--name: %w", err)
	case err != nil:
		return fmt.Errorf("open witness %s: %w", dir, err)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return errors.Join(err, w.Close())
	}
	fmt.Fprintf(env.Stdout, "witness %s\nurl     http://%s\nkey     %s\n", proof.Fingerprint(w.VerifierKey()), l.Addr(), w.VerifierKey())
	server := &http.Server{Handler: w.Handler(slog.New(slog.NewTextHandler(env.Stderr, nil))), ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err = <-failed:
	case <-c.Context().Done():
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = server.Shutdown(ctx)
	}
	return errors.Join(err, w.Close())
}
