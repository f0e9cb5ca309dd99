#include "tests/scenario/runner/table.h"

namespace tally::scenario {

void Table::add(Entry entry) {
    entry.compiled = compile_pattern(entry.pattern);
    entries_.push_back(std::move(entry));
}

std::optional<Bound> Table::read(const std::vector<Word>& words, std::size_t first, std::size_t end,
                                 const Grammar& grammar, Miss& miss) const {
    for (const Entry& entry : entries_)
        if (auto match = match_pattern(entry.compiled, words, first, end, grammar, miss))
            return Bound{&entry, std::move(*match)};
    return std::nullopt;
}

Grammar::Grammar() {
    Table statements("statements", "One a line.");
    add_setup_statements(statements);
    add_time_statements(statements);
    add_people_statements(statements);
    add_sale_statements(statements);
    add_point_statements(statements);
    add_lie_statements(statements);
    add_benefit_statements(statements);
    add_coupon_statements(statements);
    add_desk_statements(statements);
    add_line_statements(statements);
    add_device_statements(statements);
    add_why_statements(statements);
    add_expect_statements(statements);
    Table answers("answers", "Behind `->` on the same line as a cashier's act, parted by commas.");
    add_answers(answers);
    Table facts("facts", "Behind `expect NAME at PLACE:`, parted by commas.");
    add_facts(facts);
    add_tier_facts(facts);
    add_coupon_facts(facts);
    Table totals("totals", "Behind `expect store NAME total:`, parted by commas.");
    add_totals(totals);
    Table conflicts("conflicts", "Behind `expect conflicts at HQ:`, parted by commas: all that there are.");
    conflicts.add({"none", "There is none.", "none"});
    conflicts.add({"<count> <words>", "So many of this name.", "1 overdrawn"});
    Table items("items", "Indented below a sale: the lines of its bill.");
    add_items(items);
    for (Table* table : {&statements, &answers, &facts, &totals, &conflicts, &items})
        tables_.push_back(std::move(*table));
}

const Grammar& Grammar::all() {
    static const Grammar grammar;
    return grammar;
}

const Table& Grammar::table(const std::string& name) const {
    for (const Table& table : tables_)
        if (table.name() == name) return table;
    TALLY_ASSERT(false, "a kind names a table that is not there");
    return tables_.front();
}

Result<std::string> grammar_text(const Grammar& grammar) {
    std::string out;
    for (const Table& table : grammar.tables()) {
        out += "### " + table.name() + "\n\n" + table.about() + "\n\n";
        for (const Entry& entry : table.entries()) {
            std::vector<Word> words;
            ParseError error;
            Miss miss;
            if (!split_words(entry.example, 1, words, error)) return fail(Code::kBug, entry.example);
            const auto read = table.read(words, 0, words.size(), grammar, miss);
            if (!read || read->entry != &entry)
                return fail(Code::kBug,
                            "the example is not read by its own row: " + entry.example + " (" +
                                (read ? "but by: " + read->entry->pattern : error_of(miss, words, words.size()).what) +
                                ")");
            out += "- `" + entry.pattern + "`" + (entry.act ? " (an act)" : "") + "\n  " + entry.says +
                   "\n  Example: `" + entry.example + "`\n";
        }
        out += "\n";
    }
    return out;
}

}  // namespace tally::scenario
