#include "tests/scenario/runner/script.h"

#include <sstream>

namespace tally::scenario {

namespace {

struct SourceLine {
    int number = 0;
    std::size_t indent = 0;
    std::string text;  // with its indentation
};

constexpr std::string_view kScenario = "scenario:";
constexpr std::string_view kAnyOrder = "in any order:";

bool is_empty(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\r");
    return first == std::string::npos || text[first] == '#';
}

std::vector<SourceLine> lines_of(const std::string& text) {
    std::vector<SourceLine> out;
    std::istringstream in(text);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
        if (!is_empty(line)) out.push_back({number, line.find_first_not_of(" \t"), line});
    return out;
}

class Reader {
  public:
    Reader(const std::string& text, const Grammar& grammar, Script& out, std::vector<ParseError>& errors)
        : lines_(lines_of(text)), grammar_(grammar), out_(out), errors_(errors) {}

    void read() {
        std::vector<Statement>* into = nullptr;
        while (at_ < lines_.size()) {
            const SourceLine& line = lines_[at_];
            const std::string text = line.text.substr(line.indent);
            if (text.starts_with(kScenario)) {
                into = &begin_scenario(line, text);
                ++at_;
                base_ = at_ < lines_.size() ? lines_[at_].indent : 0;
            } else if (text.starts_with("background:")) {
                if (into) error(line, "background: comes first, and once");
                into = &out_.background;
                ++at_;
                base_ = at_ < lines_.size() ? lines_[at_].indent : 0;
            } else if (!into) {
                error(line, "a file begins with background: or scenario: TITLE");
                into = &out_.background;
            } else {
                statement(*into);
            }
        }
        if (out_.scenarios.empty() && errors_.empty()) errors_.push_back({1, 1, "there is no scenario: in this file"});
    }

  private:
    void error(const SourceLine& line, const std::string& what) {
        errors_.push_back({line.number, static_cast<int>(line.indent) + 1, what});
    }

    std::vector<Statement>& begin_scenario(const SourceLine& line, const std::string& text) {
        const std::size_t first = text.find_first_not_of(" \t", kScenario.size());
        std::string title = first == std::string::npos ? "" : text.substr(first);
        while (!title.empty() && (title.back() == ' ' || title.back() == '\r')) title.pop_back();
        if (title.empty()) error(line, "a scenario has a title: scenario: [P1] earn and spend");
        out_.scenarios.push_back({line.number, title, {}});
        return out_.scenarios.back().statements;
    }

    // The statements below it are a section of their own.
    void any_order(const SourceLine& head, std::vector<Statement>& into) {
        Statement out;
        out.line = head.number;
        out.text = kAnyOrder;
        const std::size_t base = base_;
        if (at_ < lines_.size()) base_ = lines_[at_].indent;
        const bool nested = base_ > base;
        while (nested && at_ < lines_.size() && lines_[at_].indent >= base_) statement(out.any_order);
        base_ = base;
        if (out.any_order.size() < 2) error(head, "two or more statements are indented below: in any order:");
        for (const Statement& statement : out.any_order)
            if (!statement.any_order.empty()) error(head, "in any order: does not stand inside another one");
        into.push_back(std::move(out));
    }

    // One statement and the lines that are indented deeper below it.
    void statement(std::vector<Statement>& into) {
        const SourceLine& head = lines_[at_++];
        if (head.text.compare(head.indent, kAnyOrder.size(), kAnyOrder) == 0) return any_order(head, into);
        const std::size_t first_below = at_;
        while (at_ < lines_.size() && lines_[at_].indent > base_) ++at_;
        std::vector<Word> words;
        if (!split(head, words)) return;
        Statement out;
        out.line = head.number;
        out.text = joined(words, 0, words.size());
        // The row of the first line tells what the lines below are; where it needs them to be whole, they go on with
        // it.
        if (auto bound = bind(words, out, nullptr)) {
            out.bound = std::move(*bound);
            if (out.bound.entry->block != Block::kNone) {
                if (block(first_below, out)) into.push_back(std::move(out));
                return;
            }
            if (first_below == at_) {
                into.push_back(std::move(out));
                return;
            }
        }
        for (std::size_t i = first_below; i < at_; ++i)
            if (!split(lines_[i], words)) return;
        out.text = joined(words, 0, words.size());
        if (auto bound = bind(words, out, &errors_)) {
            out.bound = std::move(*bound);
            into.push_back(std::move(out));
        }
    }

    bool split(const SourceLine& line, std::vector<Word>& words) {
        ParseError wrong;
        if (split_words(line.text, line.number, words, wrong)) return true;
        errors_.push_back(wrong);
        return false;
    }

    std::optional<Bound> bind(const std::vector<Word>& words, Statement& out, std::vector<ParseError>* errors) {
        std::size_t arrow = 0;
        while (arrow < words.size() && (words[arrow].quoted || words[arrow].text != "->")) ++arrow;
        Miss miss;
        if (arrow == 0) return std::nullopt;
        auto bound = grammar_.table("statements").read(words, 0, arrow, grammar_, miss);
        if (!bound) {
            if (errors) errors->push_back(error_of(miss, words, arrow));
            return std::nullopt;
        }
        if (arrow == words.size()) return bound;
        const Word& sign = words[arrow];
        if (!bound->entry->act) {
            if (errors) errors->push_back({sign.line, sign.column, "-> stands behind an act of a cashier only"});
            return std::nullopt;
        }
        static const Pattern answers = compile_pattern("<answers>");
        Miss missed;
        missed.at = arrow + 1;
        auto match = match_pattern(answers, words, arrow + 1, words.size(), grammar_, missed);
        if (!match) {
            if (errors) errors->push_back(error_of(missed, words, words.size()));
            return std::nullopt;
        }
        out.answers = std::move(match->list);
        return bound;
    }

    bool block(std::size_t first, Statement& out) {
        if (out.bound.entry->block == Block::kText) {
            for (std::size_t i = first; i < at_; ++i) out.block += lines_[i].text + "\n";
            return true;
        }
        for (std::size_t i = first; i < at_; ++i) {
            std::vector<Word> words;
            if (!split(lines_[i], words)) return false;
            Miss miss;
            auto item = grammar_.table("items").read(words, 0, words.size(), grammar_, miss);
            if (!item) {
                errors_.push_back(error_of(miss, words, words.size()));
                return false;
            }
            out.items.push_back(std::move(*item));
        }
        return true;
    }

    std::vector<SourceLine> lines_;
    const Grammar& grammar_;
    Script& out_;
    std::vector<ParseError>& errors_;
    std::size_t at_ = 0;
    std::size_t base_ = 0;  // indentation of the statements of this section
};

}  // namespace

Script read_script(const std::string& file, const std::string& text, const Grammar& grammar,
                   std::vector<ParseError>& errors) {
    Script out;
    out.file = file;
    Reader(text, grammar, out, errors).read();
    return out;
}

}  // namespace tally::scenario
