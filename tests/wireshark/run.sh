#!/bin/sh
# Tests the dissector for Wireshark.
set -eu
cd "$(dirname "$0")/../.."
. scripts/shared.sh

help() {
    cat <<'END'
usage: tests/wireshark/run.sh [--no-install]

Builds echo_server and echo_client (preset demo, in build/demo), and tests the dissector of
examples/wireshark by tshark. Missing Debian packages, tshark among them, are installed first.

  --no-install   leave the system alone: say what to type, and go on if possible
END
}
read_options "$@"

packages $programs_need openssl python3 tshark
require python3
build_programs demo echo_server echo_client
PYTHONPATH=tests python3 -B tests/wireshark/dissector.py build/demo/bin
