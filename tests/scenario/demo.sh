#!/usr/bin/env bash
# The demonstration to its last line; the picture too where there is a virtual display to take it on. Then the commands
# that it prints are given as they stand there. Wrong words to packaging/demo are told before anything is built.
source "$(dirname "$0")/lib.sh"
mkdir "$work/full" && touch "$work/full/there"
wants_code 2 "$root/packaging/demo" --no-screen --dir "$work/full"
says 'full is there and not an empty folder'
wants_code 2 "$root/packaging/demo" --dir
wants_code 2 "$root/packaging/demo" --speed 9
says 'unknown option --speed'
wants_code 0 "$root/packaging/demo" --help
says '--no-screen'

screen=()
if [ ! -x /usr/bin/Xvfb ] || [ ! -x "$bin/tally-terminal" ]; then
    [ -z "${CI-}" ] || fail "CI has Xvfb and tally-terminal"
    screen=(--no-screen)
fi
wants_code 0 env -u DISPLAY "$lab" demo --dir "$work/a demo" "${screen[@]}"
says 'Headquarters and both replicas are equal'
! grep -q DIFFER "$work/said" || fail "a row differs"
! grep -qE '\b1 (operations|bills)' "$work/said" || fail "one is not many"
[ ${#screen[@]} -gt 0 ] || [ "$(head -c 4 "$work/a demo/till-North/cashier-screen.png" | tail -c 3)" = PNG ] ||
    fail "no picture of the screen"

cp "$work/said" "$work/words"
serve=$(grep -oE '^   .*tally-hq serve [^#]*' "$work/words") || fail "does not say how to serve again"
(eval "exec $serve") >"$work/served" 2>&1 &
server=$!
for ((i = 0; i < 200; i++)); do
    ! grep -q '^listening on ' "$work/served" || break
    kill -0 $server 2>/dev/null || break
    sleep 0.05
done
grep -q '^listening on ' "$work/served" || { cat "$work/served"; fail "the printed serve does not serve"; }
while IFS= read -r line; do wants_code 0 bash -c "$line"; done < <(grep -E 'tally-hq (terminals|report|verify) ' "$work/words")
says 'all is well'
kill -INT $server
wait $server || fail "Ctrl-C did not end it in order"
grep -q 'ended: ' "$work/served" || fail "serve does not say its end"
[ "$(grep -c 'tally-terminal run --dir ' "$work/words")" = 2 ] || fail "does not say how to open the tills"
