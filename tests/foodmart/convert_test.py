#!/usr/bin/env python3
"""What tests/foodmart/convert writes, checked against the figures that the data's README states."""

import csv
import os
import subprocess
import sys
import tempfile
import unittest
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.environ.get("TALLY_DATA") or os.path.join(HERE, "..", "..", "..", "shared", "data")


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def convert(folder, *options):
    subprocess.run([os.path.join(HERE, "convert"), "--out", folder, *options], check=True, stdout=subprocess.DEVNULL)
    return tuple(rows_of(os.path.join(folder, name + ".csv")) for name in ("members", "sales", "stores", "expect"))


def sums(sales):
    stores = defaultdict(lambda: [0, 0])
    for sale in sales:
        for store in (sale["store"], "ALL"):
            stores[store][0] += 1
            stores[store][1] += int(sale["amount_minor"])
    return dict(stores)


class Convert(unittest.TestCase):
    def test_the_whole_set_has_the_published_totals(self):
        with tempfile.TemporaryDirectory() as folder:
            members, sales, stores, expect = convert(folder)
        self.assertEqual(len(members), 10281)
        self.assertEqual(len(sales), 24311)
        self.assertEqual(len(stores), 24)
        self.assertEqual(len({sale["member_ref"] for sale in sales}), 6817)
        self.assertEqual(sum(int(sale["amount_minor"]) for sale in sales), 68539897)
        self.assertEqual(sum(int(sale["amount_minor"]) // 100 for sale in sales), 673284)
        self.assertEqual(expect[-1], {"store": "ALL", "bills": "24311", "amount_minor": "68539897"})
        self.assertEqual({row["store"]: [int(row["bills"]), int(row["amount_minor"])] for row in expect}, sums(sales))
        self.assertEqual(len({sale["bill_no"] for sale in sales}), 24311)
        self.assertLessEqual({sale["store"] for sale in sales}, {store["store"] for store in stores})
        self.assertLessEqual({sale["member_ref"] for sale in sales}, {member["member_ref"] for member in members})

    def test_times_are_even_from_nine_to_nine_in_basket_order(self):
        with tempfile.TemporaryDirectory() as folder:
            _, sales, _, _ = convert(folder)
        self.assertEqual(sales, sorted(sales, key=lambda sale: (sale["time"], int(sale["bill_no"]))))
        days = defaultdict(list)
        for sale in sales:
            days[sale["store"], sale["time"][:10]].append(sale)
        for baskets in days.values():
            numbers = [int(sale["bill_no"]) for sale in baskets]
            self.assertEqual(numbers, sorted(numbers))
            times = [sale["time"][11:] for sale in baskets]
            seconds = [int(t[:2]) * 3600 + int(t[3:5]) * 60 + int(t[6:]) for t in times]
            self.assertEqual(times[0], "09:00:00")
            self.assertEqual(times[-1], "21:00:00" if len(times) > 1 else "09:00:00")
            gaps = [b - a for a, b in zip(seconds, seconds[1:])]
            self.assertTrue(not gaps or max(gaps) - min(gaps) <= 1)

    def test_a_reduced_set_agrees_with_the_sale_lines(self):
        for options in (["--max-days", "9"], ["--from", "1998-12-04", "--to", "1998-12-09"]):
            with tempfile.TemporaryDirectory() as folder:
                members, sales, _, expect = convert(folder, "--buyers-only", *options)
            self.assertTrue(sales)
            self.assertEqual({row["store"]: [int(row["bills"]), int(row["amount_minor"])] for row in expect},
                             sums(sales))
            self.assertEqual({sale["member_ref"] for sale in sales}, {member["member_ref"] for member in members})
        self.assertEqual({sale["time"][:10] for sale in sales}, {f"1998-12-0{day}" for day in range(4, 10)})

    def test_two_store_days_are_the_eighteen_and_are_found_in_the_sales(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "days.csv")
            _, sales, _, _ = convert(folder, "--two-store-days", path)
            days = rows_of(path)
        seen = {(sale["time"][:10], sale["member_ref"], sale["store"]) for sale in sales}
        self.assertEqual(len(days), 18)
        self.assertEqual(Counter((day["storeA"], day["storeB"]) for day in days),
                         {("6", "7"): 9, ("9", "21"): 3, ("12", "18"): 6})
        for day in days:
            self.assertIn((day["date"], day["member_ref"], day["storeA"]), seen)
            self.assertIn((day["date"], day["member_ref"], day["storeB"]), seen)

    def test_a_wrong_option_says_so_and_writes_nothing(self):
        for options in ([], ["--out", "x", "--max-days", "0"], ["--out", "x", "--from", "1990-13-01"],
                        ["--out", "x", "--from", "2030-01-01"], ["--out", "x", "--data", "/nonexistent"]):
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run([os.path.join(HERE, "convert"), *options], cwd=folder, capture_output=True)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotIn(b"Traceback", done.stderr)
                self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    if not os.path.isdir(os.path.join(DATA, "foodmart")):
        print("skipped: no data")
        sys.exit(1 if os.environ.get("TALLY_REQUIRE_DATA", "0") not in ("", "0") else 0)
    unittest.main()
