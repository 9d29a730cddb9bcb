#!/bin/sh
# Run in a bare Debian by run.sh: installs the packages, uses them, removes them.
set -eu
cd /root

apt-get update
files() { find / -xdev \( -path /proc -o -path /root -o -path /tmp -o -path /var/lib/dpkg -o -path /var/cache \
    -o -path /var/log -o -path /var/lib/apt -o -path /run \) -prune -o -print | sort; }
install() { DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@"; }

# The compilers and the shared libraries of the programs belong to the bare system; they stay.
install g++ cmake make pkg-config meson libasio-dev nlohmann-json3-dev man-db \
    $(dpkg-deb --field framing-programs_*.deb Depends | sed 's/([^)]*)//g; s/,/ /g')
files >/tmp/before

install ./*.deb

echo 'CMake'
version=$(dpkg-query -W -f '${Version}' libframing-dev | sed 's/-.*//')
next_minor=$(echo "$version" | awk -F . '{ print $1 "." $2 + 1 }')
cmake -S consumer -B /tmp/cmake -D FRAMING_FROM=find_package -D FRAMING_ACCEPTED="$version" \
    -D FRAMING_REFUSED="$next_minor"
cmake --build /tmp/cmake
/tmp/cmake/consumer

echo 'pkg-config'
c++ -std=c++20 $(pkg-config --cflags framing) consumer/main.cpp consumer/other.cpp -o /tmp/consumer
/tmp/consumer
c++ -std=c++20 -DASIO_STANDALONE $(pkg-config --cflags framing) consumer/net.cpp -o /tmp/net -pthread
/tmp/net

echo 'Meson'
meson setup /tmp/meson consumer
meson test -C /tmp/meson

echo 'programs'
for program in $(dpkg -L framing-programs | sed -n 's|^/usr/bin/||p'); do
    "$program" --version
    for file in "man/man1/$program.1.gz" "bash-completion/completions/$program" "zsh/vendor-completions/_$program"; do
        test -s "/usr/share/$file"
    done
    man "$program" | grep -q "$program"
    ! readelf -d "/usr/bin/$program" | grep -i 'rpath\|runpath'
done
echo_server --listen 127.0.0.1:7003 >/tmp/said &
server=$!
until grep -q listening /tmp/said; do sleep 0.1; done
test "$(echo_client 127.0.0.1:7003 hello)" = hello
kill $server
wait $server

apt-get purge --yes libframing-dev framing-programs
files >/tmp/after
diff /tmp/before /tmp/after
