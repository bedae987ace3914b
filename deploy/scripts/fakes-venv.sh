#!/usr/bin/env bash
# A Python with what Tests/ProviderFakes/requirements.txt names, in var/fakes-venv; prints its path. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted=Tests/ProviderFakes/requirements.txt
venv=var/fakes-venv
python=$PWD/$venv/bin/python

# The list is copied beside it last, so that an environment that was left half made is made anew.
ready() {
  cmp --silent "$wanted" "$venv/requirements.txt" && "$python" -c '' 2>/dev/null
}

mkdir -p var
# Two tests at once would write into one another's files.
exec 9>var/fakes-venv.lock
flock --timeout 300 9 || { echo "Another $0 does not end. End it and try again." >&2; exit 1; }
if ! ready; then
  rm -rf "$venv"
  # Debian's own, for which deps.sh has installed the module: a python3 of the user's may come first on PATH.
  /usr/bin/python3 -m venv "$venv" >&2 || { echo 'Python cannot make an environment: run make deps.' >&2; exit 1; }
  "$python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" >&2 9>&- ||
    { echo "pip could not install what $wanted names; its message is above. It needs a package index or a cache." >&2; exit 1; }
  cp "$wanted" "$venv/requirements.txt"
fi
printf '%s\n' "$python"
