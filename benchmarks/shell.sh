#!/bin/sh
# Compares the remote command with OpenSSH.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/shell.sh [--no-install] [--quick]

Builds shell_server and shell_client (Release, in build/release) and starts them and an sshd of
its own, with keys of its own, on loopback. Prints, of ssh through a warm ControlMaster and of
shell_client without and with TLS, how long a command takes there and back, 200 times in
turns, and how fast 1 GiB comes back, 5 times in turns: medians, least and most. Takes a
minute besides building; missing Debian packages are installed first, and no service is
started.

  --quick        30 commands, 256 MiB, twice
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

runs='--commands 200 --transfers 5 --size 1G'
option() {
    case $1 in
    --quick) runs='--commands 30 --transfers 2 --size 256M' ;;
    *) return 1 ;;
    esac
}
read_options "$@"

packages $programs_need libbenchmark-dev openssl python3 openssh-client
# Debian starts an sshd that it installs, wherever something starts services.
[ ! -d /run/systemd/system ] || install=no
packages openssh-server
PATH=$PATH:/usr/sbin
require python3 ssh sshd

build_programs release shell_server shell_client

exec python3 -B benchmarks/shell.py $runs build/release/bin
