// The language as tables: a row is a pattern, what it means, an example, and the function that carries it out. A new
// statement is one more row in one of the statements_*.cpp; LANGUAGE.md is made of these rows. Holds no state.
#pragma once

#include <functional>

#include "common/base/result.h"
#include "tests/scenario/runner/pattern.h"

namespace tally::scenario {

class Step;  // step.h

enum class Block { kNone, kText, kItems };  // the indented lines below: a continuation, kept as written, or items

struct Entry {
    std::string pattern;
    std::string says;     // one sentence for LANGUAGE.md
    std::string example;  // a line that this row reads
    std::function<Status(Step& step)> run{};
    bool act = false;  // a cashier's act: `-> answers` may follow
    Block block = Block::kNone;
    Pattern compiled{};
};

// A row, and the values that it read.
struct Bound {
    const Entry* entry = nullptr;
    Match match;
};

class Table {
  public:
    Table(std::string name, std::string about) : name_(std::move(name)), about_(std::move(about)) {}
    void add(Entry entry);
    // The first row that reads words [first, end) whole.
    std::optional<Bound> read(const std::vector<Word>& words, std::size_t first, std::size_t end,
                              const Grammar& grammar, Miss& miss) const;
    const std::string& name() const { return name_; }
    const std::string& about() const { return about_; }
    const std::vector<Entry>& entries() const { return entries_; }

  private:
    std::string name_;
    std::string about_;
    std::vector<Entry> entries_;
};

class Grammar {
  public:
    static const Grammar& all();
    const Table& table(const std::string& name) const;
    const std::vector<Table>& tables() const { return tables_; }

  private:
    Grammar();
    std::vector<Table> tables_;
};

// What --grammar prints, and what LANGUAGE.md holds between its marks. Fails where an example is not read by its row.
Result<std::string> grammar_text(const Grammar& grammar);

// The rows, by subject; each file has the function named like it.
void add_setup_statements(Table& statements);
void add_time_statements(Table& statements);
void add_sale_statements(Table& statements);
void add_point_statements(Table& statements);
void add_benefit_statements(Table& statements);
void add_coupon_statements(Table& statements);
void add_desk_statements(Table& statements);
void add_why_statements(Table& statements);
void add_people_statements(Table& statements);
void add_lie_statements(Table& statements);
void add_line_statements(Table& statements);
void add_device_statements(Table& statements);
void add_expect_statements(Table& statements);
void add_facts(Table& facts);
void add_tier_facts(Table& facts);
void add_coupon_facts(Table& facts);
void add_answers(Table& answers);
void add_totals(Table& totals);
void add_items(Table& items);

}  // namespace tally::scenario
