#!/bin/sh
# Run by run.sh in a bare Debian: `prepare` installs the programs and lets the machine run this at its start, where
# it starts each unit, talks to its server, and stops it.
set -eu
cd /root

if [ "${1-}" = prepare ]; then
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends systemd systemd-sysv \
        dbus /root/framing-programs_*.deb
    useradd --create-home --shell /bin/sh alice
    cat >/etc/systemd/system/services-test.service <<'END'
[Service]
Type=idle
ExecStart=sh /root/services.sh
ExecStopPost=systemctl poweroff --no-block
StandardOutput=file:/root/services.log
StandardError=file:/root/services.log
END
    systemctl set-default multi-user.target
    mkdir -p /etc/systemd/system/multi-user.target.wants /etc/ssl/private
    echo '127.0.0.1 localhost' >/etc/hosts
    ln -sf ../services-test.service /etc/systemd/system/multi-user.target.wants
    exit
fi

try() {
    unit=$1
    echo "$unit"
    systemctl start "$unit"
    for _ in $(seq 100); do
        journalctl --unit "$unit" | grep -q 'listening on' && break
        sleep 0.1
    done
}
stop() {
    systemctl is-active "$unit"
    systemctl show --property=MainPID,NRestarts "$unit"
    systemctl stop "$unit"
    ! systemctl is-failed "$unit"
}
trap 'status=$?; [ $status -eq 0 ] || journalctl --no-pager --unit "framing-*"; exit $status' EXIT

try framing-echo
test "$(echo_client 127.0.0.1:7003 hello)" = hello
stop

try framing-udp-echo
test "$(udp_echo_client 127.0.0.1:7003 hello)" = hello
stop

try framing-chat
echo 'hello, all' | chat_client 127.0.0.1:7002 --nick alice
stop
grep -q 'hello, all' /var/lib/framing-chat/chat.log

try framing-udp-chat
echo 'hello, all' | udp_chat_client 127.0.0.1:7002 --nick alice
stop

try framing-file
install -m 600 /var/lib/framing-file/token /root/token # a client's token is its own
file_client 127.0.0.1:7001 --token-file /root/token put /etc/os-release release
cmp /etc/os-release /var/lib/framing-file/files/release
stop

# As docs/services.md says: a certificate that root has given it.
cp certs/server.pem /etc/ssl
cp certs/server.key /etc/ssl/private
mkdir /etc/systemd/system/framing-file.service.d
awk '/^\[Service\]/ { block = "" } { block = block $0 "\n" } /^```$/ && block ~ /LoadCredential/ { print block; exit }' \
    services.md | grep -v '^```' >/etc/systemd/system/framing-file.service.d/override.conf
systemctl daemon-reload
try framing-file
file_client localhost:7001 --tls-ca certs/ca.pem --token-file /root/token get release got
cmp /etc/os-release got
stop

try framing-shell@alice
alice() { runuser --user alice -- shell_client unix:/run/framing-shell-alice/socket \
    --token-file /run/framing-shell-alice/token -- "$@"; }
test "$(alice id -un)" = alice
test "$(alice 'echo kept >kept; cat ~/kept; pwd')" = "kept
/home/alice"
! alice 'touch /etc/here' || exit 1
stop

echo 'all services are good'
