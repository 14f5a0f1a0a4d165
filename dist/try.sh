#!/bin/sh
# make run: the daemon on ./var with the sample log of the corpus and, as root on Linux, this machine's own audit records.
# It stays in the foreground; end it with Ctrl-C. `rm -rf var` begins anew.
set -e
cd "$(dirname "$0")/.."
mkdir -p var
{
	echo "# Written by make run. A configuration of your own: docs/config.md"
	echo "data-dir: var"
	echo "inputs:"
	echo "  - {name: sample, type: file, path: corpus/linux/live-kernel-6.18/samples-netlink.log, dialect: linux}"
	if [ "$(id -u)" = 0 ] && [ "$(uname -s)" = Linux ]; then
		echo "  - {name: kernel, type: netlink, enable: true}"
	fi
} >var/counterfoil.yaml
exec bin/counterfoil run --config var/counterfoil.yaml
