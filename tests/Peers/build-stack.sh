#!/bin/bash
# build-stack.sh [FOLDER] : builds the servers of sigstore to FOLDER/stack (default: .peers of the checkout), so that
# keyless signing can be tried on one machine. Nobody packages them, but sid has the sources of all of them, of what
# they import and of a Go that compiles them. No root, nothing installed in the system, 100 MB from the Debian mirror;
# 1.5 GB of scratch while it runs. Does nothing when the servers of this version of the script are there already. Ends
# with 1 when something could not be had; what was there before then stays.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/../../.peers}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# What the program is called, and the Go package of its main. tests/Support/Stack knows these names.
servers() {
    cat <<'END'
fulcio            github.com/sigstore/fulcio
ct_server         github.com/google/certificate-transparency-go/trillian/ctfe/ct_server
createtree        github.com/google/trillian/cmd/createtree
trillian-mem      sigstoreps.test/trillian-mem
rekor-server      github.com/sigstore/rekor/cmd/rekor-server
rekor-tiles-posix github.com/sigstore/rekor-tiles/cmd/rekor-server/posix
timestamp-server  github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server
ggcr-registry     sigstoreps.test/referrers-registry
cue               sigstoreps.test/cue
END
}

fail() {
    echo "peers: the sigstore servers cannot be built: $*" >&2
    exit 1
}

version=$(cd "$here" && find build-stack.sh debian.sh packages.txt go -type f | LC_ALL=C sort |
    xargs sha256sum | sha256sum | cut -c1-16)
if [ "$(cat "$folder/stack/.version" 2>/dev/null)" = "$version" ]; then
    echo "stack: $folder/stack, as built before"
    exit 0
fi

. "$here/debian.sh"

# A run that was killed leaves its scratch behind.
find "$folder" -maxdepth 1 -name '.stack-*' -mmin +120 -exec rm -rf {} +
work=$(mktemp -d "$folder/.stack-XXXXXX")
trap 'rm -rf "$work"' EXIT

download() {
    debian_apt "$work/apt" sid bookworm
    export APT_CONFIG=$work/apt/apt.conf
    timeout 240 apt-get update -qq || fail "no package lists from $debian_mirror"

    # The Go of the day, by the name that golang-go points to.
    local go
    go=$(apt-cache depends golang-go/sid | sed -n 's/^ *Depends: \(golang-[0-9.]*-go\).*/\1/p' | head -1)
    [ -n "$go" ] || fail "sid's golang-go names no compiler"

    # shellcheck disable=SC2046
    (cd "$work/apt/debs" &&
        timeout 240 apt-get download -qq "$go/sid" "${go%-go}-src/sid" $(sed '/^#/d; s,$,/sid,' "$here/packages.txt")) ||
        fail "not every package could be fetched from $debian_mirror"
    mkdir "$work/apt/middleware"
    (cd "$work/apt/middleware" &&
        timeout 240 apt-get download -qq golang-github-grpc-ecosystem-go-grpc-middleware-dev/bookworm) ||
        fail "bookworm's go-grpc-middleware could not be fetched from $debian_mirror"
    unset APT_CONFIG
}

unpack() { # target deb...
    local target=$1 deb
    shift
    mkdir -p "$target"
    for deb in "$@"; do
        dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$target" --exclude='*_test.go' --exclude=testdata \
            --exclude='./usr/share/doc' --exclude='./usr/share/go-*/test' || fail "${deb##*/} cannot be unpacked"
    done
}

# Makes one tree of sources that compiles: what Debian has, and ours in the place of what it lacks or we do not want.
prepare() {
    unpack "$work/root" "$work"/apt/debs/*.deb
    local sources=$work/root/usr/share/gocode/src package

    # Fulcio wants version 1 of this, Rekor version 2, and without modules there is only one place for both.
    local middleware=github.com/grpc-ecosystem/go-grpc-middleware
    unpack "$work/middleware" "$work"/apt/middleware/*.deb
    mkdir -p "$sources/github.com/sigstore/fulcio/vendor/${middleware%/*}"
    mv "$work/middleware/usr/share/gocode/src/$middleware" "$sources/github.com/sigstore/fulcio/vendor/$middleware"

    # A package of ours replaces all files of the one it stands in for.
    (cd "$here/go/src" && find . -name '*.go' -printf '%h\n' | sort -u) | while read -r package; do
        rm -rf "${sources:?}/$package"
    done
    cp -r "$here/go/src/." "$sources/"

    # Debian strips these two kinds of entries from Rekor's sources, and the page that its server shows to browsers.
    local rekor=$sources/github.com/sigstore/rekor
    sed -i -E '/pkg\/types\/(rpm|tuf)/d; /^[[:space:]]*(rpm|tuf)\.KIND/d' "$rekor/cmd/rekor-server/app/serve.go"
    echo '<html></html>' >"$rekor/pkg/generated/restapi/rekorHomePage.html"

    # Both publish metrics on one fixed port of all addresses; the authority ends when somebody has it already.
    local authority=$sources/github.com/sigstore/timestamp-authority/v2
    sed -i 's/":2112"/"127.0.0.1:0"/' "$rekor/cmd/rekor-server/app/serve.go" "$authority/pkg/server/prometheus.go"
    rm -rf "$work/apt" "$work/middleware"
}

compile() {
    local goroot
    goroot=$(echo "$work"/root/usr/lib/go-*)
    export GOROOT=$goroot PATH=$goroot/bin:$PATH GOPATH=$work/root/usr/share/gocode GOCACHE=$work/cache HOME=$work
    export GO111MODULE=off GOFLAGS= GOENV=off GOTOOLCHAIN=local CGO_ENABLED=0 GOGC=400 TMPDIR=$work

    # All at once: what several servers import is compiled once, and one is linked while another is compiled.
    mkdir "$work/bin"
    # shellcheck disable=SC2046
    go build -trimpath -ldflags='-s -w' -o "$work/bin/" $(servers | awk '{ print $2 }') || true

    local name main built missing=
    mkdir "$work/stack"
    while read -r name main; do
        built=$work/bin/${main##*/}
        if [ -x "$built" ]; then
            echo "stack: $name, $(du -m "$built" | cut -f1) MB, at $(($(stat -c %Y "$built") - started)) s"
            mv "$built" "$work/stack/$name"
        else
            missing="$missing $name"
        fi
    done < <(servers)
    [ -z "$missing" ] || fail "go build made no$missing"
}

started=$(date +%s)
download
echo "stack: downloaded at $SECONDS s"
prepare
echo "stack: unpacked at $SECONDS s"
compile
echo "$version" >"$work/stack/.version"
rm -rf "$folder/stack"
mv "$work/stack" "$folder/stack"
echo "stack: $folder/stack ($SECONDS s)"
