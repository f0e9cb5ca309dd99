# What every scenario script starts with: source it. Not a program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${TALLY_BIN:-$root/build/dev/bin}
data=${TALLY_DATA:-$root/../shared/data}
lab=$bin/tally-lab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "FAILED: $*" >&2; exit 1; }

# wants_code CODE COMMAND...: runs it, its words in $work/said, and fails unless it ends with CODE.
wants_code() {
    local wanted=$1 code=0
    shift
    "$@" >"$work/said" 2>&1 || code=$?
    cat "$work/said"
    [ "$code" = "$wanted" ] || fail "ended with $code instead of $wanted: $*"
}
says() { grep -qE -- "$1" "$work/said" || fail "does not say: $1"; }

# needs_data NAME: skips the scenario where the public data is absent, unless it is required.
needs_data() {
    [ ! -e "$data/$1" ] || return 0
    [ "${TALLY_REQUIRE_DATA:-0}" = 0 ] || fail "test data is required and absent: $data/$1"
    echo "skipped: no data $1"
    exit 77
}
