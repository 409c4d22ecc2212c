# shellcheck shell=bash
# Checks docs/security.md: every test that it names must exist, and every row without a test must be listed under Open.

SECURITY_DOC=docs/security.md

# Prints what is wrong, and nothing else.
check_security_doc() {
  local missing
  missing=$(
    missing_tests
    untested_rows
  )
  if [ -z "$missing" ]; then return 0; fi
  printf '%s\n' "$missing"
  return 1
}

# Prints every `path::name` of the page that names no existing test. A page that names no tests at all is an error too.
missing_tests() {
  local named count=0 path='[A-Za-z0-9_./-]+'
  while IFS= read -r named; do
    count=$((count + 1))
    has_test "${named%%::*}" "${named#*::}" || printf '%s names no test: %s\n' "$SECURITY_DOC" "$named"
  done < <(grep -oE "\`$path::[^\`]+\`" "$SECURITY_DOC" | tr -d '\`' | sort -u)
  [ "$count" -gt 0 ] || printf '%s names no tests at all\n' "$SECURITY_DOC"
}

# A test is a function in Rust, a title in TypeScript, and a function in a script.
has_test() {
  local path=$1 name=$2
  [ -f "$path" ] || return 1
  case $path in
    *.rs) grep -qE "fn ${name}[(<]" "$path" ;;
    *.ts) grep -qF -e "test('$name'" -e "test(\`$name\`" "$path" ;;
    *) grep -qF "$name() {" "$path" ;;
  esac
}

# Prints the rows `| 1.2.3 | …` that name neither a test nor a text (`text: …`) and are not listed under Open as **1.2.3**.
untested_rows() {
  local number
  while IFS= read -r number; do
    grep -qF "**$number**" "$SECURITY_DOC" || printf '%s shows no test of %s, and does not say so\n' "$SECURITY_DOC" "$number"
  done < <(grep -E '^\| [0-9]+\.[0-9]+\.[0-9]+ ' "$SECURITY_DOC" | grep -vE '::|\| text: [^|]+ \|$' | cut -d ' ' -f 2)
}
