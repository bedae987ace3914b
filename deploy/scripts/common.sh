# shellcheck shell=bash
# What up.sh, demo.sh, bench and test.sh share. Sourced from the repository's top directory.

die() {
  printf '%s\n' "$*" >&2
  exit 1
}

random_hex() {
  od --address-radix=n --format=x1 --read-bytes="$1" /dev/urandom | tr -d ' \n'
}

# Whether something listens on a port of this machine. By a connection, because a bare Debian has neither ss nor netstat.
port_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# The first free port from $1 on.
free_port() {
  local port=$1
  while port_taken "$port"; do port=$((port + 1)); done
  printf '%s\n' "$port"
}

# Sets programs to the directory of the built executables (MAANE_PROGRAMS, when the caller knows it).
find_programs() {
  programs=${MAANE_PROGRAMS:-$(swift build --configuration "${CONFIG:-debug}" --show-bin-path)}
  [ -x "$programs/maane-supervisor" ] || die "The fleet is not built. Run \`make build CONFIG=${CONFIG:-debug}\`."
}

# Defaults for a machine of one's own; whatever is set already stays. $1 is the state directory.
fleet_environment() {
  export PORT=${PORT:-8080} MAANE_STATE_DIR=${MAANE_STATE_DIR:-$1} MAANE_BUSINESSES=${MAANE_BUSINESSES:-deploy/businesses}
  [[ "$PORT" =~ ^[0-9]+$ ]] || die "PORT is \"$PORT\", which is no port. Use a number from 1024 to 65535."
  export PUBLIC_BASE_URL=${PUBLIC_BASE_URL:-http://127.0.0.1:$PORT}
  mkdir -p "$MAANE_STATE_DIR"
  # A made-up account is nobody's at Twilio: its REST interface is the simulator's, on this machine.
  if [ -z "${TWILIO_ACCOUNT_SID:-}" ]; then export TWILIO_API_BASE_URL=${TWILIO_API_BASE_URL:-http://127.0.0.1:8880}; fi
  export TWILIO_ACCOUNT_SID=${TWILIO_ACCOUNT_SID:-AC$(random_hex 16)}
  if [ -z "${TWILIO_AUTH_TOKEN:-}" ]; then
    TWILIO_AUTH_TOKEN=$(random_hex 16)
    # shellcheck disable=SC2034 # read by up.sh
    generated_token=yes
  fi
  export TWILIO_AUTH_TOKEN
  if [ -z "${MAANE_BUS:-}" ]; then
    # Short, because a socket's path has at most 107 bytes; private, because the bus trusts who can open it.
    bus_directory=$(mktemp --directory "${XDG_RUNTIME_DIR:-/tmp}/maane.XXXXXX")
    export MAANE_BUS=ipc://$bus_directory
  fi
}

# Forgets what the shell has set of accounts, keys and addresses: a demo or a bench touches nothing outside this machine.
own_machine() {
  unset PUBLIC_BASE_URL TWILIO_ACCOUNT_SID TWILIO_AUTH_TOKEN TWILIO_API_BASE_URL MAANE_BUS DATABASE_URL
  unset GOOGLE_APPLICATION_CREDENTIALS OPENAI_API_KEY HEBREW_REALTIME_ENABLED TRUSTED_PROXIES REPLY_MODE TWILIO_SIGNING_KEY
  unset DEEPGRAM_API_KEY SONIOX_API_KEY ELEVENLABS_API_KEY ASR_COMPATIBLE_API_KEY ASR_COMPATIBLE_BASE_URL
  unset WATCHDOG_START_TIMEOUT WATCHDOG_NO_MEDIA_TIMEOUT WATCHDOG_NO_REPLY_TIMEOUT MAANE_MAX_CALL_MINUTES
}

remove_bus() {
  if [ -n "${bus_directory:-}" ]; then rm -rf "$bus_directory"; fi
}

# A private cluster unless DATABASE_URL is set. $1 is its directory.
start_database() {
  if [ -n "${DATABASE_URL:-}" ]; then return; fi
  database_directory=$1
  local line
  line=$(deploy/scripts/postgres.sh start "$1") || exit 1
  export DATABASE_URL=${line#DATABASE_URL=}
}

stop_database() {
  if [ -n "${database_directory:-}" ]; then deploy/scripts/postgres.sh stop "$database_directory"; fi
}

# Starts the supervisor in the background; sets fleet to its pid. In a session of its own, so that Ctrl-C reaches it once,
# by us; and with a death signal, so that it does not outlive us.
start_fleet() {
  setsid setpriv --pdeathsig TERM -- "$programs/maane-supervisor" --bin "$programs" "$@" </dev/null &
  fleet=$!
}

# Waits for the supervisor and returns its exit code, however many signals come in between.
wait_fleet() {
  local code
  while true; do
    interrupted=''
    code=0
    wait "$fleet" || code=$?
    [ -n "$interrupted" ] || return "$code"
  done
}

# Asks the fleet to end. Signals that come as a pair (one from the terminal, one from make) count as one: the
# supervisor takes a second request as impatience and kills.
end_fleet() {
  interrupted=yes
  if [ -z "${fleet:-}" ]; then return; fi
  if [ -n "${asked_at:-}" ] && [ $((SECONDS - asked_at)) -lt 2 ]; then return; fi
  asked_at=$SECONDS
  kill -TERM "$fleet" 2>/dev/null || true
}

# The status code of GET /readyz into ready_status, its body into ready_body; 000 when there is no answer.
probe_ready() {
  local answer
  # shellcheck disable=SC2016 # expanded by the inner shell
  answer=$(timeout 3 bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1" && printf "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" >&3 && cat <&3' - "$PORT" 2>/dev/null | tr -d '\r\0') || true
  ready_status=$(sed -n '1s/^HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' <<<"$answer")
  ready_status=${ready_status:-000}
  ready_body=$(sed '1,/^$/d' <<<"$answer" | tr '\n' ' ')
}

# Asks the fleet to end and waits for it.
stop_fleet() {
  if [ -n "${fleet:-}" ]; then
    kill -TERM "$fleet" 2>/dev/null || true
    wait "$fleet" || true
    fleet=''
  fi
}

# Waits until the fleet is ready. $1 is the deadline in seconds, $2 the directory of the logs.
wait_ready() {
  local end=$((SECONDS + $1)) code=0
  while true; do
    probe_ready
    [ "$ready_status" != 200 ] || return 0
    if ! kill -0 "$fleet" 2>/dev/null; then
      wait_fleet || code=$?
      fleet=''
      printf 'The fleet ended before it was ready (code %s); the logs are in %s.\n' "$code" "$2" >&2
      # The supervisor repeats the last lines of the process at fault with a mark; without any, it did not start at all.
      grep -e ' PROCESS_FAULT ' -e '^[a-z0-9-]*! |' "$2/supervisor.log" >&2 || tail -n 5 "$2/supervisor.log" >&2 || true
      [ "$code" != 0 ] || code=1
      exit "$code"
    fi
    if [ "$SECONDS" -ge "$end" ]; then
      printf 'The fleet is not ready after %s s; /readyz says %s %s. Who is not: %s. The logs are in %s.\n' "$1" "$ready_status" "$ready_body" \
        "$("$programs/maane-supervisor" --print-pids | grep -v ' ready$' | cut -d' ' -f1 | tr '\n' ' ')" "$2" >&2
      tail -n 5 "$2"/*.log >&2 || true
      exit 1
    fi
    sleep 0.2
  done
}
