# shellcheck shell=bash
# Installs what building needs. Tools that are there in the right version are left alone.

CARGO_LEPTOS_VERSION=0.3.11

# The project's versions of its tools go here, so that they do not replace those of the user.
TOOLS=${XDG_CACHE_HOME:-$HOME/.cache}/gifchat/tools

# cargo-leptos uses the tools that it finds on PATH, and downloads the others.
export PATH="$ROOT/bin/tools/path:$ROOT/bin/tools/node_modules/.bin:$TOOLS/bin:$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"

ensure_tools() {
  plan_tools
  take_steps
}

# Begins the list of steps with the tools that are missing.
plan_tools() {
  ensure_basics
  STEPS=()
  has_toolchain || STEPS+=("install_toolchain Rust $(sed -n 's/^channel = "\(.*\)"/\1/p' rust-toolchain.toml)")
  has_tool wasm-bindgen "$(wasm_bindgen_version)" || STEPS+=("install_wasm_bindgen wasm-bindgen $(wasm_bindgen_version)")
  has_tool cargo-leptos "$CARGO_LEPTOS_VERSION" || STEPS+=("install_cargo_leptos cargo-leptos $CARGO_LEPTOS_VERSION")
  has_npm_packages bin/tools || STEPS+=("install_npm_tools wasm-opt and terser")
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

has_toolchain() { RUSTUP_AUTO_INSTALL=0 rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; }

# Installs the toolchain that rust-toolchain.toml names, with its targets and components.
install_toolchain() {
  RUST_BACKTRACE=0 rustup toolchain install --no-self-update || die "rustup could not install the toolchain; its lines above say why"
}

# The command-line tool must have exactly the version that the browser's half links against.
wasm_bindgen_version() {
  awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/version = |"/, ""); print; exit }' Cargo.lock
}

has_tool() { [ "$("$1" --version 2>/dev/null)" = "$1 $2" ]; }

install_wasm_bindgen() { install_tool wasm-bindgen wasm-bindgen-cli "$(wasm_bindgen_version)"; }

# With --locked it gets the dependencies that it was tested with. Compressing the site is most of its own work, so that is optimized.
install_cargo_leptos() {
  install_tool cargo-leptos cargo-leptos "$CARGO_LEPTOS_VERSION" --locked --config 'profile.release.package.brotli.opt-level=3'
}

install_npm_tools() { npm_packages bin/tools; }

# Installs a command in the version that its maker has published compiled, or else compiles its crate.
install_tool() {
  local command=$1
  shift
  install_published "$command" "$2" || compile_tool "$@"
}

# Optimizing would take minutes, for tools that run for seconds.
compile_tool() {
  local crate=$1 version=$2
  shift 2
  say "compiling $crate $version, once per machine"
  CARGO_TARGET_DIR=$TOOLS/target CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 CARGO_PROFILE_RELEASE_STRIP=symbols \
    cargo install --root "$TOOLS" --version "=$version" "$@" "$crate" ||
    die "cargo could not compile $crate; its lines above say why"
  rm -rf "$TOOLS/target"
}
