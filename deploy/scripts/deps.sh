#!/usr/bin/env bash
# Installs the Debian packages that are missing and checks Swift. Quiet when all is there.
#   deps.sh             packages, then Swift
#   deps.sh --packages  packages only (for sudo, whose PATH may not have Swift)
set -euo pipefail

packages=(
  # The bus, HTTP, PostgreSQL, signatures, MP3, the journal, the embedded recogniser and its model.
  libzmq3-dev libcurl4-openssl-dev libpq-dev libssl-dev libmp3lame-dev libsqlite3-dev
  libpocketsphinx-dev libsphinxbase-dev pocketsphinx-en-us
  # A detector of voice activity that ours is compared with (make voice-activity).
  libspeexdsp-dev
  # Programs that are run, not linked.
  espeak-ng postgresql
  # What the Swift toolchain compiles and links with, and what its own programs load.
  binutils libc6-dev libgcc-12-dev libstdc++-12-dev zlib1g-dev libxml2-dev libncurses6 libsqlite3-0 tzdata
  # Fetching the Swift packages; setpriv and runuser.
  git ca-certificates util-linux
  # A started fleet is asked from outside; TLS for a simulated Twilio.
  curl openssl
  # The bus's contract is tried from another language.
  python3 python3-venv
)

swift_wanted=6.3

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

known() {
  apt-cache show --no-all-versions "$1" >/dev/null 2>&1
}

install_quietly() {
  DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l apt-get install --yes --quiet --no-install-recommends \
    --option Dpkg::Options::=--force-confold --option DPkg::Lock::Timeout=300 "$@" </dev/null
}

install_missing() {
  local package
  for package in "$@"; do
    if ! known "$package"; then
      apt-get update --quiet
      break
    fi
  done
  # Debian's package would make and start a cluster of its own on the first install; we use private ones.
  # An installed server, and any cluster, is left as it is.
  local conf=/etc/postgresql-common/createcluster.conf saved=''
  if [[ " $* " == *' postgresql '* ]] && ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
    install_quietly postgresql-common || { apt-get update --quiet && install_quietly postgresql-common; }
    if [ -f "$conf" ]; then
      saved=$(mktemp)
      cp --preserve "$conf" "$saved"
      printf '\ncreate_main_cluster = false\n' >>"$conf"
    fi
  fi
  # The lists may name versions that the mirror no longer has.
  local code=0
  install_quietly "$@" || { apt-get update --quiet && install_quietly "$@"; } || code=$?
  if [ -n "$saved" ]; then
    cp --preserve "$saved" "$conf"
    rm -f "$saved"
  fi
  [ "$code" = 0 ] || die "apt-get could not install: $*. Its message is above."
}

check_swift() {
  local how="Install Swift $swift_wanted for Debian 12 as the installation page of swift.org says (swiftly, or the toolchain archive unpacked and its usr/bin put on PATH), then run make again."
  command -v swift >/dev/null || die "Swift is missing. $how"
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p' | head -n 1)
  [ -n "$version" ] || die "\`swift --version\` tells no version. $how"
  if [ "$(printf '%s\n' "$swift_wanted" "$version" | sort --version-sort | head -n 1)" != "$swift_wanted" ]; then
    die "Swift $version is too old. $how"
  fi
}

command -v dpkg-query >/dev/null || die "This is no Debian. Install what these Debian packages hold by hand: ${packages[*]}."

missing=()
for package in "${packages[@]}"; do
  installed "$package" || missing+=("$package")
done

if [ "${#missing[@]}" -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    printf 'These Debian packages are missing: %s. To install them, run:\n' "${missing[*]}" >&2
    die "  sudo $0 --packages"
  fi
  printf 'Installing %s\n' "${missing[*]}"
  install_missing "${missing[@]}"
fi

if [ "${1:-}" != --packages ]; then check_swift; fi
