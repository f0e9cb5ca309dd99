#!/usr/bin/env bash
# FoodMart through real terminals: foodmart.sh [options of tests/foodmart/convert] -- [options of tally-lab replay]
source "$(dirname "$0")/lib.sh"
needs_data foodmart
convert=()
while [ $# -gt 0 ] && [ "$1" != -- ]; do convert+=("$1"); shift; done
[ $# -eq 0 ] || shift
"$root/tests/foodmart/convert" --out "$work/in" --two-store-days "$work/cuts.csv" "${convert[@]}"
wants_code 0 "$lab" replay --members "$work/in/members.csv" --sales "$work/in/sales.csv" --stores "$work/in/stores.csv" \
    --expect "$work/in/expect.csv" --cut-list "$work/cuts.csv" --dir "$work/run" "$@"
says '^ALL AGREE'
says 'and with the table from outside'
if [ ${#convert[@]} -eq 0 ]; then
    # The published figures of the whole set, written down here once more by hand.
    says '^ALL +24311 +68539897 +673284 +0$'
    says '^10281 members, 6817 of them bought; 0 rows rejected'
    says 'in 24 replicas'
fi
