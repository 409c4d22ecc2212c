# shellcheck shell=bash
# Installs what building needs. Tools that are there in the right version are left alone.

CARGO_LEPTOS_VERSION=0.3.11

# The project's versions of its tools go here, so that they do not replace those of the user.
TOOLS=${XDG_CACHE_HOME:-$HOME/.cache}/gifchat/tools

# cargo-leptos uses the tools that it finds on PATH, and downloads the others.
export PATH="$ROOT/bin/tools/path:$ROOT/bin/tools/node_modules/.bin:$TOOLS/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

ensure_tools() {
  ensure_basics
  ensure_toolchain
  ensure_cargo_tool wasm-bindgen wasm-bindgen-cli "$(wasm_bindgen_version)"
  # With --locked it gets the dependencies that it was tested with.
  ensure_cargo_tool cargo-leptos cargo-leptos "$CARGO_LEPTOS_VERSION" --locked
  npm_packages bin/tools
}

# Ends with a message about everything that only the user can install, all at once, so that they need not try again and again.
ensure_basics() {
  local missing=()
  have rustup || missing+=("rustup is missing: see https://rustup.rs (a Rust without rustup cannot switch versions)")
  have cc || missing+=("a C compiler is missing: apt install build-essential, dnf install gcc, or xcode-select --install")
  if ! have node || ! have npm; then
    missing+=("Node 20 or newer with npm is missing: see https://nodejs.org")
  elif [ "$(node -p 'parseInt(process.versions.node)')" -lt 20 ]; then
    missing+=("Node $(node -v) is too old, 20 or newer is needed: see https://nodejs.org")
  fi
  [ "${#missing[@]}" -eq 0 ] || die "${missing[@]}"
}

# Installs the toolchain that rust-toolchain.toml names, with its targets and components.
ensure_toolchain() {
  if RUSTUP_AUTO_INSTALL=0 rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; then return 0; fi
  say "installing Rust $(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml) with its wasm target"
  RUST_BACKTRACE=0 rustup toolchain install --no-self-update || die "rustup could not install the toolchain; its lines above say why"
}

# The command-line tool must have exactly the version that the browser's half links against.
wasm_bindgen_version() {
  awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

ensure_cargo_tool() {
  local command=$1 crate=$2 version=$3
  shift 3
  if [ "$("$command" --version 2>/dev/null)" = "$command $version" ]; then return 0; fi
  if have cargo-binstall; then
    say "fetching $crate $version with cargo binstall"
    cargo binstall --no-confirm --disable-strategies compile --root "$TOOLS" "$crate@$version" && return 0
  fi
  compile_cargo_tool "$crate" "$version" "$@"
}

compile_cargo_tool() {
  local crate=$1 version=$2
  shift 2
  say "building $crate $version, once per machine: this can take ten minutes (cargo binstall, if you have it, takes seconds)"
  # Optimizing would take minutes, for a tool that runs for seconds.
  CARGO_TARGET_DIR=$TOOLS/target CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --root "$TOOLS" --version "=$version" "$@" "$crate" ||
    die "cargo could not build $crate; its lines above say why"
  rm -rf "$TOOLS/target"
}
