#!/bin/bash
# fetch.sh [FOLDER] : unpacks the real programs the interop tests talk to below FOLDER (default: .peers of the
# checkout). Debian packages from the mirror that this machine's apt names; no root, nothing installed in the system.
# What is there already stays. Ends with 1 when a package could not be had.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=${1:-$here/../../.peers}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# suite: packages. Unpacked to FOLDER/<package>-<suite>; tests/Support/Peers.cs knows these names.
wanted() {
    echo "sid cosign crane oras skopeo libc6 libgpgme45 libassuan9 libgpg-error0 libsqlite3-0"
    echo "trixie cosign"
    echo "bookworm docker-registry softhsm2 libsofthsm2 opensc opensc-pkcs11"
}

missing() { # suite package...
    local suite=$1 package
    shift
    for package in "$@"; do
        if [ ! -e "$folder/$package-$suite/.complete" ]; then
            echo "$package"
        fi
    done
}

. "$here/debian.sh"

fetch() { # suite package...
    local suite=$1 package
    shift
    local apt=$folder/.apt/$suite
    debian_apt "$apt" "$suite"
    APT_CONFIG=$apt/apt.conf timeout 240 apt-get update -qq
    (cd "$apt/debs" && APT_CONFIG=$apt/apt.conf timeout 240 apt-get download -qq "$@")
    for package in "$@"; do
        rm -rf "$folder/$package-$suite"
        dpkg-deb -x "$apt"/debs/"${package}"_*.deb "$folder/$package-$suite"
        touch "$folder/$package-$suite/.complete"
    done
    rm -rf "$apt"
}

# An AWS KMS: moto of sid with Debian 12's python below it, all in one folder. tests/Peers/kms.py starts it.
moto() {
    local target=$folder/moto apt suite package
    if [ -e "$target/.complete" ]; then
        return
    fi
    rm -rf "$target"
    mkdir -p "$target"
    for suite in bookworm sid; do
        apt=$folder/.apt/moto-$suite
        debian_apt "$apt" "$suite"
        APT_CONFIG=$apt/apt.conf timeout 240 apt-get update -qq
        # shellcheck disable=SC2046
        (cd "$apt/debs" && APT_CONFIG=$apt/apt.conf timeout 240 apt-get download -qq $(moto_packages "$suite"))
        for package in "$apt"/debs/*.deb; do
            dpkg-deb -x "$package" "$target"
        done
        rm -rf "$apt"
    done
    touch "$target/.complete"
}

# A browser without a window, for the pages of reports: Debian 12's with the libraries it needs, but for those every system
# has or that only draw on a graphics card. FOLDER/chromium/chromium starts it.
chromium() {
    local target=$folder/chromium apt=$folder/.apt/chromium package
    if [ -e "$target/.complete" ]; then
        return
    fi
    rm -rf "$target"
    mkdir -p "$target"
    debian_apt "$apt" bookworm
    APT_CONFIG=$apt/apt.conf timeout 240 apt-get update -qq
    APT_CONFIG=$apt/apt.conf timeout 240 apt-get install -qq -y --no-install-recommends --download-only \
        -o Debug::NoLocking=1 chromium-headless-shell fonts-liberation >/dev/null
    for package in "$apt"/cache/archives/*.deb; do
        case ${package##*/} in
        libc6_* | libgcc-s1_* | libstdc++6_* | libllvm* | libgl1-mesa-dri_* | libz3-* | x11-* | debconf_* | xkb-data_*) ;;
        *) dpkg-deb -x "$package" "$target" ;;
        esac
    done
    rm -rf "$apt" "$target"/usr/share/{doc,man,locale}
    cat >"$target/fonts.conf" <<'CONF'
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir prefix="relative">usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir>
<alias binding="same"><family>sans-serif</family><prefer><family>Liberation Sans</family></prefer></alias>
<alias binding="same"><family>sans</family><prefer><family>Liberation Sans</family></prefer></alias>
<alias binding="same"><family>system-ui</family><prefer><family>Liberation Sans</family></prefer></alias>
<alias binding="same"><family>monospace</family><prefer><family>Liberation Mono</family></prefer></alias>
</fontconfig>
CONF
    cat >"$target/chromium" <<'SCRIPT'
#!/bin/bash
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
libraries=$(echo "$here"/usr/lib/*-linux-gnu)
export LD_LIBRARY_PATH=$libraries:$libraries/pulseaudio:$(echo "$here"/lib/*-linux-gnu)
export FONTCONFIG_FILE=$here/fonts.conf
exec "$here/usr/lib/chromium/chromium-headless-shell" --no-sandbox --disable-gpu --no-first-run "$@"
SCRIPT
    chmod +x "$target/chromium"
    touch "$target/.complete"
}

moto_packages() { # suite
    if [ "$1" = sid ]; then
        echo python3-moto
        return
    fi
    echo python3.11-minimal libpython3.11-minimal libpython3.11-stdlib
    echo python3-{boto3,botocore,certifi,cffi-backend,chardet,charset-normalizer,click,cryptography,dateutil,flask}
    echo python3-{flask-cors,idna,itsdangerous,jinja2,jmespath,markupsafe,requests,responses,s3transfer,six,urllib3}
    echo python3-{werkzeug,xmltodict,yaml}
}

# sid's skopeo wants a newer C library than Debian 12 has: it is started by sid's own loader, with sid's libraries and
# nobody else's. FOLDER may be moved.
skopeo() {
    mkdir -p "$folder/skopeo"
    cat >"$folder/skopeo/skopeo" <<'SH'
#!/bin/sh
peers=$(cd "$(dirname "$0")/.." && pwd)
libraries=
for library in libc6 libgpgme45 libassuan9 libgpg-error0 libsqlite3-0; do
    for directory in "$peers/$library"-sid/usr/lib/*-linux-gnu*; do
        libraries=$libraries${libraries:+:}$directory
    done
done
for loader in "$peers"/libc6-sid/usr/lib/*-linux-gnu*/ld-linux*.so.*; do
    exec "$loader" --library-path "$libraries" "$peers/skopeo-sid/usr/bin/skopeo" "$@"
done
SH
    chmod +x "$folder/skopeo/skopeo"
}

# One more judge of bundles, where this machine has node: what it lacks is a named skip of the tests that ask it.
sigstore_js() {
    if [ -d "$folder/npm/node_modules/@sigstore/verify" ]; then
        return
    fi
    if ! command -v npm >/dev/null; then
        echo "peers: no npm here; sigstore-js is not asked"
        return
    fi
    mkdir -p "$folder/npm"
    timeout 120 npm install --prefix "$folder/npm" --no-audit --no-fund --loglevel=error \
        @sigstore/bundle@4 @sigstore/protobuf-specs@0.5 @sigstore/verify@3 >/dev/null ||
        echo "peers: sigstore-js could not be installed; it is not asked"
}

sigstore_js &
skopeo
pids=()
moto &
pids+=($!)
chromium &
pids+=($!)
while read -r suite packages; do
    # shellcheck disable=SC2086
    left=$(missing "$suite" $packages)
    if [ -n "$left" ]; then
        # shellcheck disable=SC2086
        fetch "$suite" $left &
        pids+=($!)
    fi
done < <(wanted)

failed=0
for pid in "${pids[@]}"; do
    wait "$pid" || failed=1
done
wait
if [ "$failed" -ne 0 ]; then
    echo "peers: not everything could be fetched from $debian_mirror" >&2
    exit 1
fi
echo "peers: $folder (${SECONDS} s)"
