#!/usr/bin/env bash
# A private PostgreSQL cluster: a Unix socket that only its owner and root can reach, no TCP.
#   postgres.sh start DIR    start it, made on first use; prints DATABASE_URL=...; does nothing when it runs
#   postgres.sh stop DIR     stop it; the data stay
#   postgres.sh crash DIR    stop it as a crash would: nothing is finished, the next start recovers
#   postgres.sh status DIR   prints DATABASE_URL=... and exits 0 when it runs, 3 when it does not
#   postgres.sh remove DIR   stop it and delete its data
# DIR/postgres.env records where it lies. The cluster itself is in a short directory of its own, because a socket's path
# has at most 107 bytes, and because the user postgres, as which it runs when we are root, may not be able to enter DIR.
set -euo pipefail

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

usage='usage: postgres.sh start|stop|crash|status|remove DIR'
action=${1:?$usage}
dir=${2:?$usage}
parent=/var/tmp
record=$dir/postgres.env

# As the cluster's owner: initdb and postgres refuse root.
as_owner() {
  if [ "$(id -u)" = 0 ]; then
    (cd / && exec setpriv --reuid=postgres --regid=postgres --init-groups -- env HOME=/ "$@")
  else
    "$@"
  fi
}

programs() {
  local version=''
  if [ -r "$home/data/PG_VERSION" ]; then version=$(cat "$home/data/PG_VERSION"); fi
  local newest
  newest=$(compgen -G "/usr/lib/postgresql/${version:-*}/bin" | sort --version-sort | tail -n 1 || true)
  if [ ! -x "$newest/initdb" ]; then
    die "PostgreSQL${version:+ $version} is not installed under /usr/lib/postgresql. Run \`make deps\`${version:+, or \`$0 remove $dir\` to start with an empty database of the installed version}."
  fi
  printf '%s\n' "$newest"
}

# Sets home to the recorded directory; fails when there is none.
find_home() {
  [ -r "$record" ] || return 1
  home=$(sed -n 's/^MAANE_POSTGRES_HOME=//p' "$record")
  # Checked because `remove` deletes it.
  [[ "$home" =~ ^$parent/maane-pg\.[A-Za-z0-9]{6}$ && -d "$home" ]]
}

make_home() {
  mkdir -p "$dir"
  home=$(mktemp --directory "$parent/maane-pg.XXXXXX")
  if [ "$(id -u)" = 0 ]; then
    id postgres >/dev/null 2>&1 || die "There is no user postgres. Run \`make deps\`."
    chown postgres:postgres "$home"
  fi
  printf 'MAANE_POSTGRES_HOME=%s\n' "$home" >"$record"
}

url() {
  printf 'DATABASE_URL=postgresql:///maane?host=%s&user=maane\n' "$home"
}

# Whether the server process lives. Not `pg_ctl status`, which only asks whether *some* process has the recorded pid:
# after a crash that may be another program. A server's working directory is its data.
alive() {
  local pid
  pid=$(head -n 1 "$home/data/postmaster.pid" 2>/dev/null || true)
  [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null || true)" = "$home/data" ]
}

running() {
  alive && "$bin/pg_isready" --quiet --host="$home"
}

# One attempt to have a server that answers.
bring_up() {
  if alive; then
    # It recovers from a crash, or is just being killed.
    local second
    for ((second = 0; second < 60; second++)); do
      if running; then return 0; fi
      alive || return 1
      sleep 1
    done
    return 1
  fi
  rm -f "$home/data/postmaster.pid"
  as_owner "$bin/pg_ctl" start --silent --wait --timeout=60 --pgdata="$home/data" --log="$home/log" \
    --options="-c listen_addresses='' -c unix_socket_directories='$home' -c unix_socket_permissions=0700 -c fsync=on" \
    </dev/null >/dev/null 2>&1 9>&-
}

start() {
  mkdir -p "$dir"
  # Two starts at once would make two clusters. The server itself must not inherit the lock.
  exec 9>"$dir/postgres.lock"
  flock --timeout 90 9 || die "Another \`postgres.sh start $dir\` does not end. End it and try again."
  find_home || make_home
  bin=$(programs)
  if ! running; then
    if [ ! -d "$home/data" ]; then
      # Made beside and renamed: an interrupted initdb leaves nothing that looks like a cluster.
      as_owner rm -rf "$home/new"
      as_owner "$bin/initdb" --pgdata="$home/new" --username=maane --auth-local=trust --auth-host=reject \
        --encoding=UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1 9>&- ||
        die "PostgreSQL could not make a cluster in $home; $dir/initdb.log tells why."
      as_owner mv "$home/new" "$home/data"
    fi
    local attempt
    # Children of a killed server may need a moment to notice and let go of its shared memory.
    for attempt in 1 2 3 4 5 6 0; do
      if bring_up; then break; fi
      [ "$attempt" != 0 ] || die "PostgreSQL does not start; its log is $home/log: $(as_owner tail -n 3 "$home/log" | tr '\n' ' ')"
      sleep 1
    done
  fi
  if [ -z "$(query postgres "SELECT 1 FROM pg_database WHERE datname = 'maane'")" ]; then
    query postgres 'CREATE DATABASE maane' >/dev/null
  fi
  url
}

query() {
  "$bin/psql" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --username=maane --host="$home" "$1" --command="$2" 9>&-
}

stop() {
  find_home || return 0
  bin=$(programs)
  local mode
  for mode in fast immediate; do
    alive || return 0
    as_owner "$bin/pg_ctl" stop --silent --wait --timeout=15 --mode="$mode" --pgdata="$home/data" >/dev/null 2>&1 || true
  done
  alive || return 0
  die "PostgreSQL does not stop. Kill process $(head -n 1 "$home/data/postmaster.pid"), then try again."
}

# For tests of what stands on it.
crash() {
  find_home || exit 3
  bin=$(programs)
  as_owner "$bin/pg_ctl" stop --silent --wait --timeout=15 --mode=immediate --pgdata="$home/data" >/dev/null 2>&1
}

case $action in
  start) start ;;
  crash) crash ;;
  stop) stop ;;
  status)
    find_home || exit 3
    bin=$(programs)
    running || exit 3
    url
    ;;
  remove)
    stop
    if find_home; then rm -rf "$home"; fi
    rm -f "$record" "$dir/initdb.log" "$dir/postgres.lock"
    ;;
  *) die "$usage" ;;
esac
