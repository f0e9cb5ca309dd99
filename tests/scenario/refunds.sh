#!/usr/bin/env bash
# Refunds of every kind: in part, at another store, before the sale is known there (both stores are cut off that day),
# without a bill into debt, of a bill that nobody knows, without a member; two equal sales that both count. The figures
# are worked out by hand: 100 + 50 + 200 + 15 + 7 + 5 + 5 earned; 49 (5,000 of 10,099) + 200 + 10 + 20 + 49 taken back.
# The files that the run leaves must not show a name, a phone or a card number.
source "$(dirname "$0")/lib.sh"
in=$root/tests/scenario/refunds
wants_code 0 "$lab" replay --members "$in/members.csv" --sales "$in/sales.csv" --expect "$in/expect.csv" \
    --cut-list "$in/cuts.csv" --outages 5 --dir "$work/run" --keep
says '^ALL AGREE'
says '^ALL +16 +6199 +382 +328$'
says 'in 4 replicas'
grep -q '^c,3,700,207,200,0,0,0,7$' "$work/run/hq/members.csv" || fail "c: 200 refunded, 7 left"
grep -q '^d,2,-500,15,20,0,0,5,-5$' "$work/run/hq/members.csv" || fail "d: in debt by 5"
grep -q '^a,5,6099,110,49,0,0,0,61$' "$work/run/hq/members.csv" || fail "a: 61 left"

databases=("$work"/run/hq/hq.db* "$work"/run/till-*/replica.db*)
[ ${#databases[@]} -ge 10 ] || fail "five databases with their companions: ${databases[*]}"
for secret in Planted Zuckmayer 王小二 13812340001 13812340002 8800110022 8800110033; do
    ! grep -lqaF -- "$secret" "${databases[@]}" || fail "in clear on the disk: $secret"
done

# The same with somebody killed every few sales.
wants_code 0 "$lab" replay --members "$in/members.csv" --sales "$in/sales.csv" --expect "$in/expect.csv" \
    --cut-list "$in/cuts.csv" --outages 5 --kill-every-ms 10 --dir "$work/killed"
says 'killed so far: [1-9]'
says '^ALL +16 +6199 +382 +328$'

# An instrument that cannot say no is none: one minor unit off is told, with both numbers.
sed 's/^N,7,30099/N,7,30098/' "$in/expect.csv" >"$work/wrong.csv"
wants_code 1 "$lab" replay --members "$in/members.csv" --sales "$in/sales.csv" --expect "$work/wrong.csv" --outages 5 \
    --dir "$work/wrong"
says 'DIFFERS +headquarters: store N amount_minor \(outside table\) is 30099, expected 30098'
says 'DIFFERS +replica of store W: store N amount_minor'
