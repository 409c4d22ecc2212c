# shellcheck shell=bash
# What docs/security.md says of tests is checked: a test that it names is there, and a line without one is owned up to.

SECURITY_DOC=docs/security.md

# Says what is wrong, and nothing else.
check_security_doc() {
  local missing
  missing=$(
    tests_not_there
    lines_not_tested
  )
  if [ -z "$missing" ]; then return 0; fi
  printf '%s\n' "$missing"
  return 1
}

# Every `path::name` of the page whose file has no such test. (A page that names none is broken.)
tests_not_there() {
  local named count=0 path='[A-Za-z0-9_./-]+'
  while IFS= read -r named; do
    count=$((count + 1))
    has_test "${named%%::*}" "${named#*::}" || printf '%s names no test: %s\n' "$SECURITY_DOC" "$named"
  done < <(grep -oE "\`$path::[^\`]+\`" "$SECURITY_DOC" | tr -d '\`' | sort -u)
  [ "$count" -gt 0 ] || printf '%s names no tests at all\n' "$SECURITY_DOC"
}

# A function in Rust, a title in TypeScript, a function in a script.
has_test() {
  local path=$1 name=$2
  [ -f "$path" ] || return 1
  case $path in
    *.rs) grep -qE "fn ${name}[(<]" "$path" ;;
    *.ts) grep -qF -e "test('$name'" -e "test(\`$name\`" "$path" ;;
    *) grep -qF "$name() {" "$path" ;;
  esac
}

# Rows `| 1.2.3 | …` that name neither a test nor, where a text is asked for, the text, unless the list Open has them (**1.2.3**).
lines_not_tested() {
  local number
  while IFS= read -r number; do
    grep -qF "**$number**" "$SECURITY_DOC" || printf '%s shows no test of %s, and does not say so\n' "$SECURITY_DOC" "$number"
  done < <(grep -E '^\| [0-9]+\.[0-9]+\.[0-9]+ ' "$SECURITY_DOC" | grep -vE '::|\| text: [^|]+ \|$' | cut -d ' ' -f 2)
}
