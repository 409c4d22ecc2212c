# shellcheck shell=bash
# The engines that tests use: MongoDB (or its stand-in), NATS and nginx. The scripts in bin/engines run the first two.

export GIFCHAT_ENGINES=$ROOT/bin/engines
ENGINE_PIDS=()

# Installs missing engines by apt-get where that is possible, ends with a message about those that are still missing, and builds
# the stand-in where it will be used.
ensure_engines() {
  [ -z "$(missing_engines)" ] || install_engines
  local engine missing=()
  while IFS= read -r engine; do
    case $engine in
      mongodb) missing+=("MongoDB is missing: install mongod, or Java 17 and Maven for its stand-in (apt install default-jdk-headless maven, brew install openjdk maven)") ;;
      nats) missing+=("nats-server is missing: apt install nats-server, brew install nats-server, or see https://nats.io") ;;
      nginx) missing+=("nginx is missing: apt install nginx-light, dnf install nginx, or brew install nginx") ;;
    esac
  done < <(missing_engines)
  [ "${#missing[@]}" -eq 0 ] || die "${missing[@]}"
  GIFCHAT_NGINX=$(system_command nginx)
  export GIFCHAT_NGINX
  bin/engines/mongodb --build || die "the stand-in for MongoDB could not be built; the lines above say why"
}

missing_engines() {
  if ! have mongod && ! { have javac && have mvn; } && ! docker info >/dev/null 2>&1; then echo mongodb; fi
  system_command nats-server >/dev/null || echo nats
  system_command nginx >/dev/null || echo nginx
}

# Debian installs servers into folders that only root has on PATH.
system_command() { PATH=$PATH:/usr/local/sbin:/usr/sbin command -v "$1"; }

install_engines() {
  local engine packages=()
  have apt-get || return 0
  for engine in $(missing_engines); do
    case $engine in
      mongodb) packages+=(default-jdk-headless maven) ;;
      nats) packages+=(nats-server) ;;
      nginx) packages+=(nginx-light) ;;
    esac
  done
  if [ "$(id -u)" -ne 0 ]; then
    say "for the tests, please run: sudo apt-get install ${packages[*]}"
    return 0
  fi
  say "installing ${packages[*]}"
  (without_services apt_install "${packages[@]}") || die "apt-get could not install ${packages[*]}; its lines above say why"
}

apt_install() {
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/dev/null
}

# Debian starts a server as soon as it is installed, unless this file forbids it. Call this in a subshell: when that ends, the
# file is removed.
without_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    # shellcheck disable=SC2064 # the name is local, and known now
    trap "rm -f '$policy'" EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  "$@"
}

# Starts one MongoDB and one NATS for the whole run, unless the caller's environment names some. The variables are unset after
# that, so that no tested server uses an engine by accident.
start_engines() {
  local port
  if [ -z "${MONGODB_URI:-}" ]; then
    port=$(free_port)
    start_engine mongodb "$port"
    MONGODB_URI=mongodb://127.0.0.1:$port
  fi
  if [ -z "${NATS_URL:-}" ]; then
    port=$(free_port)
    start_engine nats "$port"
    NATS_URL=nats://127.0.0.1:$port
  fi
  # The URI loses the name of its database, since every test uses its own.
  GIFCHAT_TEST_MONGODB=$(printf '%s\n' "$MONGODB_URI" | sed -E 's#^([a-z+]+://[^/?]+)/[^?]*#\1/#')
  export GIFCHAT_TEST_MONGODB GIFCHAT_TEST_NATS=$NATS_URL
  unset MONGODB_URI NATS_URL
}

free_port() {
  node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

# Starts an engine, and returns when its port answers.
start_engine() {
  local engine=$1 port=$2 log=$LOGS/$1.log pid deadline=$((SECONDS + 60))
  "bin/engines/$engine" "$port" >"$log" 2>&1 </dev/null &
  pid=$!
  ENGINE_PIDS+=("$pid")
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    if ! kill -0 "$pid" 2>/dev/null || [ "$SECONDS" -ge "$deadline" ]; then
      cat "$log" >&2
      die "$engine did not start; its lines above say why"
    fi
    sleep 0.05
  done
}

# SIGKILL also ends an engine that a test has paused, and the data is not needed any more.
stop_engines() {
  local pid
  for pid in ${ENGINE_PIDS[@]+"${ENGINE_PIDS[@]}"}; do
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
