#!/usr/bin/env python3
"""Writes members.csv and sales.csv that no honest system would, and prints how many sales rows can be played."""

import csv
import json
import os
import sys

out, strings = sys.argv[1], sys.argv[2]
names = ["'; DROP TABLE member; --", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "\u202eevil", "𠮷野家", "a\u0000b",
         "%s%n%x", "../../etc/passwd", "x" * 4000, "两\n行", '"', ","]
blns = os.path.join(strings, "blns.json")
if os.path.exists(blns):
    with open(blns, encoding="utf-8") as file:
        names += [name for name in json.load(file)]
os.makedirs(out, exist_ok=True)
with open(os.path.join(out, "members.csv"), "w", encoding="utf-8", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow("member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel".split(","))
    rows.writerow(["good", "Good", "13800000001", "1234567890", "", "", "", "2025-01-01", ""])
    rows.writerow(["=1+1", "Formula", "", "", "", "", "", "", ""])
    rows.writerow(['quote"comma,', "Quoted", "", "", "", "", "", "", ""])
    rows.writerow(["王", "汉字", "1-800-FLOWERS", "", "", "", "", "", ""])
    rows.writerow(["", "no reference", "", "", "", "", "", "", ""])
    rows.writerow(["badday", "Bad day", "", "", "", "not a date", "", "31/12/2020", ""])
    for i, name in enumerate(names):
        rows.writerow([f"n{i}", name.encode("utf-8", "replace").decode("utf-8"), "", "", "", "", "", "", ""])

good = [
    ["2026-01-05T09:00:00", "S1", "", "good", "1", "1000", ""],
    ["2026-01-05T09:00:00Z", "S1", "", "=1+1", "2", "1000", ""],
    ["2026-01-05 10:00:00", "'; DROP TABLE--", "", 'quote"comma,', "' OR 1=1", "99", ""],
    ["2026-01-06T09:00:00+14:00", "店", "收银1", "王", "🙂", "100000000000", ""],
    ["2026-01-06T09:00:00", "店", "收银1", "王", "🙃", "-100000000000", "🙂"],
    ["2026-01-06T11:00:00", "S1", "", "", "", "0", ""],
    ["2026-01-06T12:00:00", "S1", "", "", "", "5", ""],
    ["2026-01-06T12:00:00", "S1", "", "", "", "5", ""],
]
bad = [
    ["2026-01-05T09:00:00", "S1", "", "good", "1", "1000", ""],  # this bill once more
    ["2026-01-05T19:00:00", "S1", "", "good", "1", "2000", ""],  # this bill with another amount
    ["2026-13-05T09:00:00", "S1", "", "good", "b1", "1000", ""],
    ["0000-00-00", "S1", "", "good", "b2", "1000", ""],
    ["", "S1", "", "good", "b3", "1000", ""],
    ["2026-01-05T09:00:00", "", "", "good", "b4", "1000", ""],
    ["2026-01-05T09:00:00", "S" * 33, "", "good", "b5", "1000", ""],
    ["2026-01-05T09:00:00", "S1", "", "nobody", "b6", "1000", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b7", "100000000001", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b8", "-9223372036854775808", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b9", "1e3", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b10", "10.00", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b11", "", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b12", "0", "1"],
    ["2026-01-05T09:00:00", "S1", "", "", "b" * 65, "1", ""],
    ["2026-01-05T09:00:00", "S1", "", "", "b13", "1"],
    ["2026-01-05T09:00:00", "S1", "", "", "b14", "1", "", "", ""],
]
with open(os.path.join(out, "sales.csv"), "w", encoding="utf-8", newline="") as file:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow("time,store,terminal,member_ref,bill_no,amount_minor,refund_of_bill".split(","))
    rows.writerows(good + bad)
    file.write('2026-01-05T09:00:00,S1,,,"never closed,1,\n')
with open(os.path.join(out, "unknown_column.csv"), "w", encoding="utf-8") as file:
    file.write("time,store,amount_minor,favourite_colour\n2026-01-05,S1,1,red\n")
print(len(good), len(bad) + 1)
