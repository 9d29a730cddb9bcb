#!/bin/sh
# Compares the remote command with OpenSSH.
set -eu
cd "$(dirname "$0")/.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: benchmarks/shell.sh [--no-install] [--quick]

Builds shell_server and shell_client (Release, in build/demo) and starts them and an sshd of
its own, with keys of its own, on loopback. Prints, of ssh through a warm ControlMaster and of
shell_client without and with TLS, how long a command takes there and back, 200 times in
turns, and how fast 1 GiB comes back, 5 times in turns: medians, least and most. Takes a
minute besides building; missing Debian packages are installed first, and no service is
started.

  --quick        30 commands, 256 MiB, twice
  --no-install   leave the system alone: say what to type, and go on if possible
END
}

install=yes
runs='--commands 200 --transfers 5 --size 1G'
for argument; do
    case $argument in
    --help) help && exit ;;
    --no-install) install=no ;;
    --quick) runs='--commands 30 --transfers 2 --size 256M' ;;
    *) help >&2 && exit 2 ;;
    esac
done

packages g++ cmake ninja-build nlohmann-json3-dev libasio-dev libcli11-dev libspdlog-dev \
    libssl-dev libreadline-dev libutf8proc-dev libhiredis-dev openssl python3 openssh-client
# Debian starts an sshd that it installs, wherever something starts services.
[ ! -d /run/systemd/system ] || install=no
packages openssh-server
PATH=$PATH:/usr/sbin
for tool in python3 ssh sshd; do
    if ! command -v "$tool" >/dev/null; then
        echo "Without $tool there is no going on." >&2
        exit 3
    fi
done

echo 'Configuring build/demo'
quietly cmake -S . -B build/demo -G Ninja -D CMAKE_BUILD_TYPE=Release -D FRAMING_BUILD_TESTS=OFF
cmake --build build/demo --target shell_server shell_client

exec python3 -B benchmarks/shell.py $runs build/demo/bin
