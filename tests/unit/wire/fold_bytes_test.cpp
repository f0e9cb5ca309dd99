// Law Y of common/domain/LAWS.md: a terminal that folds on what it received and headquarters that folds on what it has
// stored reach the same bytes.
#include "common/wire/codec.h"
#include "tests/support/small_ops.h"

using namespace tally;
using namespace tally::domain;

TEST_CASE("law Y: terminal and headquarters encode the same state after every sequence of operations of all kinds") {
    int sequences = 0;
    support::every_sequence(support::all_letters(), 3, [&](const Account& stored, const auto& ops, const StoreDay&) {
        // The terminal decodes operations and what was confirmed before the last of them.
        Account received;
        for (const Op& op : ops) {
            const auto decoded = wire::decode_op(wire::encode_op(op));
            REQUIRE(decoded.has_value());
            if (&op == &ops.back()) {
                auto confirmed = wire::decode_account(wire::encode_account(received));
                REQUIRE(confirmed.has_value());
                received = std::move(confirmed).value();
            }
            REQUIRE(fold(received, *decoded).has_value());
        }
        ++sequences;
        REQUIRE(wire::encode_account(received) == wire::encode_account(stored));
    });
    CHECK(sequences > 7'000);
}
