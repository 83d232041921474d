#!/bin/bash
# fetch-peers.sh [FOLDER] : unpacks the real programs the interop tests talk to below FOLDER (default: .peers of the
# checkout). Debian packages from the mirror that this machine's apt names; no root, nothing installed in the system.
# What is there already stays. Ends with 1 when a package could not be had.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=${1:-$root/.peers}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# suite: packages. Unpacked to FOLDER/<package>-<suite>; tests/Support/Peers.cs knows these names.
wanted() {
    echo "sid cosign crane"
    echo "trixie cosign"
    echo "bookworm docker-registry"
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

for tool in apt-get dpkg; do
    if ! command -v "$tool" >/dev/null; then
        echo "fetch-peers: no $tool here; the peers are Debian packages" >&2
        exit 1
    fi
done

mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    head -1 | tr -d ' ' || true)
mirror=${mirror%/}
if [ -z "$mirror" ]; then
    echo "fetch-peers: apt's sources name no Debian mirror" >&2
    exit 1
fi

fetch() { # suite package...
    local suite=$1 package
    shift
    local apt=$folder/.apt/$suite
    rm -rf "$apt"
    mkdir -p "$apt"/lists/partial "$apt"/cache/archives/partial "$apt"/debs
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
    : >"$apt/status"

    # sid's Release file of a frozen mirror is past its date: its signature is still checked, its date is not.
    cat >"$apt/apt.conf" <<CONF
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "root";
CONF
    APT_CONFIG=$apt/apt.conf timeout 240 apt-get update -qq
    (cd "$apt/debs" && APT_CONFIG=$apt/apt.conf timeout 240 apt-get download -qq "$@")
    for package in "$@"; do
        rm -rf "$folder/$package-$suite"
        dpkg -x "$apt"/debs/"${package}"_*.deb "$folder/$package-$suite"
        touch "$folder/$package-$suite/.complete"
    done
    rm -rf "$apt"
}

pids=()
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
if [ "$failed" -ne 0 ]; then
    echo "fetch-peers: not everything could be fetched from $mirror" >&2
    exit 1
fi
echo "peers: $folder (${SECONDS} s)"
