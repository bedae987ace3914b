#!/usr/bin/env bash
# A Python with what Tests/Interop/requirements.txt names, in var/venv; prints its path. Does nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/../.."

wanted=Tests/Interop/requirements.txt
venv=var/venv
python=$PWD/$venv/bin/python

# The list that it was made of lies beside it; a checkout that was moved has scripts that name the old place, but its python works.
ready() {
  cmp --silent "$wanted" "$venv/requirements.txt" && "$python" -c 'import twilio.request_validator, zmq' 2>/dev/null
}

mkdir -p var
# Two tests at once would write into one another's files.
exec 9>var/venv.lock
flock --timeout 120 9 || { echo "Another $0 does not end. End it and try again." >&2; exit 1; }
if ! ready; then
  rm -rf "$venv"
  # Debian's own, for which deps.sh has installed the module: a python3 of the user's may come first on PATH.
  /usr/bin/python3 -m venv "$venv" >&2 || { echo 'Python cannot make an environment: run make deps.' >&2; exit 1; }
  "$python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted" >&2 9>&- ||
    { echo "pip could not install what $wanted names; its message is above. It needs a package index or a cache." >&2; exit 1; }
  cp "$wanted" "$venv/requirements.txt"
fi
printf '%s\n' "$python"
