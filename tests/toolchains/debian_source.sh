# What the scripts of this folder share; they source it, behind scripts/shared.sh.

# debian_source PACKAGE: its source, as Debian keeps it, in the current folder. The system's package
# lists stay as they are.
debian_source() {
    mkdir -p apt/lists/partial apt/cache/archives/partial
    . /etc/os-release
    echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
        "http://deb.debian.org/debian $VERSION_CODENAME main" >apt/sources.list
    own="-o Dir::Etc::SourceList=$PWD/apt/sources.list -o Dir::Etc::SourceParts=/dev/null
        -o Dir::State::Lists=$PWD/apt/lists -o Dir::Cache=$PWD/apt/cache"
    quietly apt-get $own update
    quietly apt-get $own source --download-only "$1"
    rm -rf apt
}
