#!/usr/bin/env bash
# The demonstration to its last line; the picture too where there is a virtual display to take it on.
source "$(dirname "$0")/lib.sh"
screen=()
if [ ! -x /usr/bin/Xvfb ] || [ ! -x "$bin/tally-terminal" ]; then
    [ -z "${CI-}" ] || fail "CI has Xvfb and tally-terminal"
    screen=(--no-screen)
fi
wants_code 0 env -u DISPLAY "$lab" demo --dir "$work/demo" "${screen[@]}"
says 'Headquarters and both replicas are equal'
! grep -q DIFFER "$work/said" || fail "a row differs"
[ ${#screen[@]} -gt 0 ] || [ "$(head -c 4 "$work/demo/till-North/cashier-screen.png" | tail -c 3)" = PNG ] ||
    fail "no picture of the screen"
