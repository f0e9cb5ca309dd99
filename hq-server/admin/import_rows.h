// Another system's history as rows: the product's two CSV formats, read and checked line by line. Decides nothing about
// members or bills that exist (import.h does). Reads files, else pure.
//
//     members.csv: member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel
//     sales.csv:   time,store,terminal,member_ref,bill_no,amount_minor,refund_of_bill
//     stores.csv:  store,name
//     balances.csv: member_ref,points,earned_on,expires_on
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/timezone.h"
#include "common/domain/op.h"

namespace tally::admin {

// What is to be said of a row: why it cannot be taken, or what is noteworthy. English; of the row's content it names
// the bill and the member's reference (fit to be printed, and empty where they are not) and no other personal data.
struct RowRemark {
    std::string file;
    std::int64_t line = 0;  // the header's is 1
    std::string bill_no;
    std::string member_ref;
    std::string why;
};
std::string remark_text(const RowRemark& remark);  // "sales.csv:7: bill B7, member m1: why"

struct MemberRow {
    std::int64_t line = 0;
    std::string member_ref;         // 1..128 bytes
    domain::PersonalFields fields;  // name, phone or phone as written, card, e-mail, birthday, external reference
    bool phone_unreadable = false;  // kept as written, flagged, and never an identity
    std::string tier;
    std::optional<Day> joined_day;
    std::string channel;
};

struct SaleRow {
    std::int64_t line = 0;
    std::int64_t time_ms = 0;  // 0 .. domain::kHlcMsMax
    Day day = 0;               // in the chain's zone
    std::string store;
    std::string terminal;    // empty: the store's only one
    std::string member_ref;  // empty: not a member
    std::string bill_no;
    domain::Minor amount_minor = 0;  // >= 0: what was sold, or given back
    bool is_refund = false;
    std::string refund_of_bill;  // empty: a sale, or a refund without its bill
};

// Points that a member had in the other system: one lot.
struct BalanceRow {
    std::int64_t line = 0;
    std::string member_ref;     // 1..128 bytes
    domain::Points points = 0;  // 1 .. domain::kPointsMax
    Day earned_day = 0;
    std::optional<Day> expires;  // last usable day, not before earned_day; none: never
};

struct MemberRows {
    std::vector<MemberRow> rows;  // in the file's order
    std::vector<RowRemark> faults;
};
struct SaleRows {
    std::vector<SaleRow> rows;  // by time, then in the file's order
    std::vector<RowRemark> faults;
};
struct BalanceRows {
    std::vector<BalanceRow> rows;  // in the file's order
    std::vector<RowRemark> faults;
};

// kNotFound, kIo: the file; kInvalid: an unknown column, a missing one that is required, or no header.
Result<MemberRows> read_member_rows(const std::string& path);
Result<SaleRows> read_sale_rows(const std::string& path, const TimeZone& zone);
Result<BalanceRows> read_balance_rows(const std::string& path);
// The codes. Also kInvalid: a row without one, or that cannot be read.
Result<std::vector<std::string>> read_store_codes(const std::string& path);

}  // namespace tally::admin
