# debian.sh : Debian packages without root and without touching the system's apt. To be sourced.

for tool in apt-get dpkg-deb; do
    if ! command -v "$tool" >/dev/null; then
        echo "peers: no $tool here; the peers are Debian packages" >&2
        exit 1
    fi
done

debian_mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null |
    head -1 | tr -d ' ' || true)
debian_mirror=${debian_mirror%/}
if [ -z "$debian_mirror" ]; then
    echo "peers: apt's sources name no Debian mirror" >&2
    exit 1
fi

# Makes FOLDER/apt.conf, for APT_CONFIG: an apt that knows these suites only and keeps its files below FOLDER.
debian_apt() { # folder suite...
    local folder=$1 suite
    shift
    rm -rf "$folder"
    mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$folder/debs"
    for suite in "$@"; do
        echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $debian_mirror $suite main"
    done >"$folder/sources.list"
    : >"$folder/status"

    # sid's Release file of a frozen mirror is past its date: its signature is still checked, its date is not.
    cat >"$folder/apt.conf" <<CONF
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State::lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "3";
APT::Sandbox::User "root";
CONF
}
