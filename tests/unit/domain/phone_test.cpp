#include "common/domain/phone.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "common/base/csv.h"
#include "tests/support/data.h"

using namespace tally;
using domain::parse_phone;
using domain::Phone;

TEST_CASE("phone: the ways a Chinese mobile number is written give one E.164 number") {
    for (const char* text :
         {"13123456789", "131 2345 6789", "131-2345-6789", "+86 131 2345 6789", "0086-13123456789", "86 13123456789",
          "(+86)131-2345-6789", "013123456789", "+86 (0) 131 2345 6789", "１３１２３４５６７８９",
          "＋８６１３１－２３４５－６７８９", "131　2345　6789", " 131.2345.6789\t"}) {
        CAPTURE(text);
        const auto phone = parse_phone(text);
        if (std::string(text).ends_with('\t')) {
            CHECK_FALSE(phone);
            continue;
        }
        REQUIRE(phone);
        CHECK(*phone == Phone{"+8613123456789", true});
    }
}

TEST_CASE("phone: landlines and service numbers parse and are no identity") {
    CHECK(*parse_phone("010-62345678") == Phone{"+861062345678", false});
    CHECK(*parse_phone("+86 10 6234 5678") == Phone{"+861062345678", false});
    CHECK(*parse_phone("0755 2345 6789") == Phone{"+8675523456789", false});
    CHECK(*parse_phone("400-810-1234") == Phone{"+864008101234", false});
    CHECK(*parse_phone("+852 2123 4567") == Phone{"+85221234567", false});
    CHECK(*parse_phone("+886 2 2345 6789") == Phone{"+886223456789", false});
}

TEST_CASE("phone: what could be misread is refused") {
    for (const char* text : {"1-800-FLOWERS",
                             "13123456789 ext 12",
                             "l3123456789",
                             "131 2345 678O",
                             "1795113123456789",
                             "17951 131 2345 6789",
                             "13123456789/13987654321",
                             "++8613123456789",
                             "+86+13123456789",
                             "131+23456789",
                             "",
                             "   ",
                             "+",
                             "+86",
                             "86",
                             "110",
                             "95588",
                             "62345678",
                             "12345678901",
                             "10012345678",
                             "00000000000",
                             "1312345678",
                             "131234567890",
                             "0044 7400 123456",
                             "271-555-0123",
                             "+44 (0) 7400 123456",
                             "+999 123 456 789",
                             "+1 650 253 000",
                             "+1234",
                             "13123456789\n",
                             "131\xFF"
                             "23456789",
                             "tel:+86-131-2345-6789",
                             "=13123456789",
                             "13123456789;ext=5",
                             "+1234567890123456",
                             "1.3e10"}) {
        CAPTURE(text);
        const auto phone = parse_phone(text);
        CHECK_FALSE(phone);
        if (!phone) CHECK(phone.error().code == Code::kInvalid);
    }
    CHECK_FALSE(parse_phone(std::string(1 << 20, ' ')));
    CHECK_FALSE(parse_phone(std::string_view("131234567\00089", 12)));
}

// libphonenumber's own answers. `ours` is compared for every case that our contract covers: default region CN, or an
// explicit '+'. Where we differ, we differ on purpose, for the reason that names the group, in exactly so many cases.
TEST_CASE("phone: libphonenumber's answers, but for the differences counted here") {
    const auto file = support::data("vectors/phone_cases_cn_phonenumbers_8_12_57.csv");
    if (!file) return;
    auto reader = CsvReader::open(file->string());
    REQUIRE(reader);
    REQUIRE(reader->header() == std::vector<std::string>{"input", "default_region", "parse", "e164", "is_possible",
                                                         "is_valid", "number_type", "region"});
    int cases = 0;
    int same = 0;
    int national_elsewhere = 0;  // another default region and no '+': not a number for us
    std::map<std::string, int> differ;
    while (true) {
        auto row = reader->next();
        REQUIRE(row);
        if (!*row) break;
        REQUIRE((*row)->fault.empty());
        ++cases;
        const auto& fields = (*row)->fields;
        std::string input = fields[0];
        CAPTURE(input);
        // RFC 3966 addresses are refused as they stand (letters); what stands behind "tel:" is compared.
        if (input.starts_with("tel:")) {
            CHECK_FALSE(parse_phone(input));
            ++differ["a tel: address is not typed at a till"];
            input.erase(0, 4);
        } else if (fields[1] != "CN" && !input.starts_with("+")) {
            ++national_elsewhere;
            continue;
        }
        const bool theirs_good = fields[2] == "ok" && fields[5] == "1";
        const bool theirs_mobile = fields[6] == "MOBILE" || fields[6] == "FIXED_LINE_OR_MOBILE";
        const auto ours = parse_phone(input);
        const bool equal =
            ours ? theirs_good && ours->e164 == fields[3] && ours->mobile == theirs_mobile : !theirs_good;
        if (equal) {
            ++same;
            continue;
        }
        CHECK_FALSE(ours);  // every difference is a refusal: we never read a number that they read otherwise
        const auto is_letter = [](unsigned char c) { return std::isalpha(c) != 0; };
        if (std::any_of(input.begin(), input.end(), is_letter)) {
            ++differ["letters or an extension: ask again"];
        } else if (input.starts_with("17951")) {
            ++differ["an IP-dial prefix: ask again"];
        } else if (input.starts_with("++")) {
            ++differ["two plus signs: ask again"];
        } else if (input.starts_with("\xD9")) {
            ++differ["digits of another script"];
        } else {
            FAIL_CHECK("a difference without a reason: ", input);
        }
    }
    CHECK(cases == 812);
    CHECK(differ["a tel: address is not typed at a till"] == 245);
    CHECK(differ["letters or an extension: ask again"] == 6);
    CHECK(differ["an IP-dial prefix: ask again"] == 2);
    CHECK(differ["two plus signs: ask again"] == 2);
    CHECK(differ["digits of another script"] == 1);
    CHECK(national_elsewhere + same + 6 + 2 + 2 + 1 == cases);
}
