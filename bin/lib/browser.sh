# shellcheck shell=bash
# Installs what the browser tests need: Chromium, Firefox, fonts for Korean and emoji, and the npm packages of end2end.

ensure_browser_tests() {
  ensure_chromium
  ensure_firefox
  ensure_end2end_packages
}

# Playwright need not download its own browser, since the tests use the system's.
ensure_end2end_packages() { PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm_packages end2end; }

# Sets CHROME_PATH, which playwright.config.ts reads.
ensure_chromium() {
  if ! chromium_path >/dev/null || ! has_fonts; then install_chromium; fi
  CHROME_PATH=$(chromium_path) || die "the browser tests need Chromium: install it, or say where it is with CHROME_PATH=/path/to/chrome"
  export CHROME_PATH
}

chromium_path() {
  local candidate
  for candidate in "${CHROME_PATH:-}" chromium chromium-browser google-chrome \
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
    if [ -n "$candidate" ] && command -v "$candidate"; then return 0; fi
  done
  return 1
}

# Without these fonts screenshots show boxes instead of text. A system without fc-list has no apt either, so nothing can be done.
has_fonts() {
  have fc-list || return 0
  local fonts
  fonts=$(fc-list)
  [[ $fonts == *NotoSansCJK* && $fonts == *NotoColorEmoji* ]]
}

install_chromium() { install_for_browser_tests "chromium fonts-noto-cjk fonts-noto-color-emoji"; }

# Sets FIREFOX_PATH, which end2end/lib/firefox.ts reads.
ensure_firefox() {
  firefox_path >/dev/null || install_for_browser_tests firefox-esr
  FIREFOX_PATH=$(firefox_path) || die "the browser tests need Firefox: install it, or say where it is with FIREFOX_PATH=/path/to/firefox"
  export FIREFOX_PATH
}

firefox_path() {
  local candidate
  for candidate in "${FIREFOX_PATH:-}" firefox-esr firefox "/Applications/Firefox.app/Contents/MacOS/firefox"; do
    if [ -n "$candidate" ] && command -v "$candidate"; then return 0; fi
  done
  return 1
}

install_for_browser_tests() {
  local packages=$1
  have apt-get || return 0
  if [ "$(id -u)" -ne 0 ]; then
    say "for the browser tests, please run: sudo apt-get install $packages"
    return 0
  fi
  say "installing $packages"
  # shellcheck disable=SC2086 # several words on purpose
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages; } >/dev/null ||
    die "apt-get could not install $packages; its lines above say why"
}
