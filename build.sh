#!/bin/sh
# Finds the .NET SDK and hands every word to the build program (build/). Without arguments: what there is.
set -eu

SIGSTOREPS_CALLER=$PWD
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
export SIGSTOREPS_CALLER

dotnet=$(command -v dotnet || true)
for candidate in "${DOTNET_ROOT:-}/dotnet" "$HOME/.dotnet/dotnet" /usr/share/dotnet/dotnet /usr/local/share/dotnet/dotnet; do
    if [ -z "$dotnet" ] && [ -x "$candidate" ]; then
        dotnet=$candidate
    fi
done

if [ -z "$dotnet" ] || ! "$dotnet" --list-sdks | grep -q '^1[0-9]\.'; then
    echo "error: the .NET 10 SDK is missing; install it from https://dotnet.microsoft.com/download/dotnet/10.0" >&2
    echo "       (or your package manager: dotnet-sdk-10.0) and run this again" >&2
    exit 1
fi

# No server outlives the command: it would hold the pipes of whoever waits for us.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false DOTNET_CLI_USE_MSBUILD_SERVER=0
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

cd "$here"
exec "$dotnet" run --project build/Build.csproj --configuration Release -- "$@"
