#include "tests/lab/outages.h"

#include <fstream>
#include <sstream>

#include "common/base/random.h"

namespace tally::lab {

namespace {

// Monday of the ISO week of `day`: 1970-01-01 was a Thursday.
Day monday_of(Day day) {
    const Day since_monday = ((day + 3) % 7 + 7) % 7;
    return day - since_monday;
}

std::uint64_t mix(std::uint64_t seed, const std::string& store, Day week) {
    std::uint64_t hash = 0xCBF29CE484222325u ^ seed;  // FNV-1a
    for (const char c : store) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001B3u;
    return (hash ^ static_cast<std::uint32_t>(week)) * 0x100000001B3u;
}

}  // namespace

OutagePlan::OutagePlan(std::uint64_t seed, Day first, Day last, const std::set<std::string>& stores) {
    for (Day week = monday_of(first); week <= last; week += 7) {
        for (const std::string& store : stores) {
            SeededRandom random(mix(seed, store, week));
            if (random.below(5) != 0) continue;
            const Day days = static_cast<Day>(1 + random.below(5));
            const Day begin = week + static_cast<Day>(random.below(static_cast<std::uint64_t>(8 - days)));
            for (Day day = begin; day < begin + days; ++day)
                if (day >= first && day <= last) cut(store, day);
        }
    }
}

Result<std::vector<TwoStoreDay>> read_cut_list(const std::string& path) {
    std::ifstream in(path);
    if (!in) return fail(Code::kNotFound, "no cut list " + path);
    std::vector<TwoStoreDay> list;
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || (number == 1 && line.rfind("date", 0) == 0)) continue;
        std::istringstream fields(line);
        std::string date;
        TwoStoreDay entry;
        if (!std::getline(fields, date, ',') || !std::getline(fields, entry.member_ref, ',') ||
            !std::getline(fields, entry.store_a, ',') || !std::getline(fields, entry.store_b))
            return fail(Code::kInvalid, "cut list, line " + std::to_string(number) + ": four columns are needed");
        TALLY_TRY(entry.day, parse_day(date));
        list.push_back(std::move(entry));
    }
    return list;
}

}  // namespace tally::lab
