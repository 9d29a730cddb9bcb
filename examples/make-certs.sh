#!/bin/sh
# Makes certificates to try TLS with.
set -eu

help() {
    cat <<'END'
usage: examples/make-certs.sh DIR [NAME...]

Makes in DIR, by the openssl tool (3.0 or later), keys of P-256 and certificates for 825 days:

  ca.pem ca.key           the authority that signs the other two
  server.pem server.key   for localhost, 127.0.0.1, ::1, and the names and addresses given
  client.pem client.key   for a client that shows a certificate instead of the token

and prints how to start the programs with them. Never replaces a file. Who has ca.key can
sign more: move it to a safe place.
END
}

case ${1-} in
--help) help && exit ;;
'' | -*) help >&2 && exit 2 ;;
esac
dir=$1
shift

names=DNS:localhost,IP:127.0.0.1,IP:::1
for name; do
    case $name in
    '' | -* | *[!A-Za-z0-9.:-]*)
        echo "make-certs.sh: '$name' is neither a name nor an address" >&2
        exit 2
        ;;
    *:*) names=$names,IP:$name ;;
    *[!0-9.]*) names=$names,DNS:$name ;;
    *) names=$names,IP:$name ;;
    esac
done

mkdir -p "$dir"
for file in ca.pem ca.key server.pem server.key client.pem client.key; do
    if [ -e "$dir/$file" ] || [ -L "$dir/$file" ]; then
        echo "make-certs.sh: $dir/$file exists already; nothing was made" >&2
        exit 1
    fi
done

umask 077
scratch=$(mktemp -d "$dir/.certs.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# make NAME EXTENSIONS [OPTION...]
make() {
    file=$scratch/$1
    cat >"$scratch/config" <<END
[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = framing $1
[extensions]
subjectKeyIdentifier = hash
$2
END
    shift 2
    openssl req -x509 -config "$scratch/config" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
        -nodes -sha256 -days 825 "$@" -keyout "$file.key" -out "$file.pem" 2>"$scratch/log" || {
        cat "$scratch/log" >&2
        exit 1
    }
    chmod 600 "$file.key"
    chmod 644 "$file.pem"
}

make ca 'basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign'
make server "authorityKeyIdentifier = keyid
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = $names" -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key"
make client 'authorityKeyIdentifier = keyid
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth' -CA "$scratch/ca.pem" -CAkey "$scratch/ca.key"

pin=$(openssl x509 -in "$scratch/server.pem" -outform DER | openssl dgst -sha256 -r | cut -c 1-64)
mv "$scratch"/*.pem "$scratch"/*.key "$dir"

case ${1-} in
'') listen=127.0.0.1:7000 server=127.0.0.1:7000 ;;
*:*) listen='[::]:7000' server="[$1]:7000" ;;
*) listen=0.0.0.0:7000 server=$1:7000 ;;
esac
cat <<END
Made ca, server and client, each .pem and .key, in $dir; SHA-256 of server.pem:
$pin

The server; then a client, which knows it by the authority or by that sum, and needs the token
that the server made (--token-file):
  shell_server --listen $listen --tls-cert $dir/server.pem --tls-key $dir/server.key
  shell_client $server --tls-ca $dir/ca.pem
  shell_client $server --tls-pin $pin

The same with certificates of the clients instead of the token:
  shell_server --listen $listen --tls-cert $dir/server.pem --tls-key $dir/server.key \\
      --tls-client-ca $dir/ca.pem
  shell_client $server --tls-ca $dir/ca.pem --tls-cert $dir/client.pem --tls-key $dir/client.key
END
