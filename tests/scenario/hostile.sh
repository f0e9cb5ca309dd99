#!/usr/bin/env bash
# Histories that no honest system writes: every bad row is named by its line and changes nothing, the good ones among
# them count to the unit, and --strict takes none.
source "$(dirname "$0")/lib.sh"
[ "${TALLY_REQUIRE_DATA:-0}" = 0 ] || needs_data strings
read -r good bad < <(python3 "$root/tests/scenario/hostile.py" "$work/in" "$data/strings")
wants_code 0 "$lab" replay --members "$work/in/members.csv" --sales "$work/in/sales.csv" --outages 3 --dir "$work/run"
says '^ALL AGREE'
says "^ALL +$good +2109 "
says " $bad rows rejected"
for line in $(seq $((good + 2)) $((good + bad + 1))); do says "rejected: sales line $line: "; done
wants_code 2 "$lab" replay --members "$work/in/members.csv" --sales "$work/in/sales.csv" --outages 3 --strict \
    --dir "$work/strict"
says "$bad rows cannot be played"
wants_code 2 "$lab" replay --members "$work/in/members.csv" --sales "$work/in/unknown_column.csv" --outages 3 \
    --dir "$work/column"
says favourite_colour
