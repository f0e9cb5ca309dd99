#include "tests/scenario/runner/pattern.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>

#include "tests/scenario/runner/kinds.h"
#include "tests/scenario/runner/table.h"

namespace tally::scenario {

namespace {

[[noreturn]] void bad_pattern(const std::string& text, const std::string& why) {
    std::fprintf(stderr, "bad pattern \"%s\": %s\n", text.c_str(), why.c_str());
    std::abort();
}

// Brackets, a bar that stands alone, commas and colons are pieces of their own; a slot is one.
std::vector<std::string> pieces_of(const std::string& text) {
    std::vector<std::string> out;
    std::string piece;
    const auto flush = [&] {
        if (!piece.empty()) out.push_back(std::exchange(piece, ""));
    };
    bool in_slot = false;
    for (const char c : text) {
        if (c == '<') in_slot = true;
        if (!in_slot && (c == ' ' || std::string("[]{},:").find(c) != std::string::npos)) {
            flush();
            if (c != ' ') out.push_back(std::string(1, c));
            continue;
        }
        piece.push_back(c);
        if (c == '>') in_slot = false;
    }
    flush();
    return out;
}

struct Compiler {
    const std::string& text;
    std::vector<std::string> pieces;
    std::size_t at = 0;

    Pattern sequence() {
        Pattern out;
        while (at < pieces.size() && pieces[at] != "]" && pieces[at] != "}" && pieces[at] != "|") out.push_back(node());
        return out;
    }
    Node node() {
        const std::string piece = pieces[at++];
        Node out;
        if (piece == "[" || piece == "{") {
            out.is = piece == "[" ? Node::Is::kOptional : Node::Is::kAny;
            out.branches.push_back(sequence());
            while (at < pieces.size() && pieces[at] == "|") {
                ++at;
                out.branches.push_back(sequence());
            }
            if (at == pieces.size() || pieces[at] != (piece == "[" ? "]" : "}")) bad_pattern(text, "not closed");
            ++at;
        } else if (piece.front() == '<') {
            const std::string inside = piece.substr(1, piece.size() - 2);
            const std::size_t colon = inside.find(':');
            out.is = Node::Is::kSlot;
            out.name = inside.substr(0, colon);
            out.kind = find_kind(colon == std::string::npos ? inside : inside.substr(colon + 1));
            if (!out.kind) bad_pattern(text, "no kind for " + piece);
        } else {
            for (std::size_t from = 0, bar = 0; bar != std::string::npos; from = bar + 1) {
                bar = piece.find('|', from);
                out.words.push_back(piece.substr(from, bar == std::string::npos ? bar : bar - from));
            }
        }
        return out;
    }
};

struct Matcher {
    const std::vector<Word>& words;
    std::size_t end;
    const Grammar& grammar;
    Miss& miss;
    Match match;
    using Then = std::function<bool(std::size_t)>;

    bool sequence(const Pattern& nodes, std::size_t i, std::size_t at, const Then& then) {
        if (i == nodes.size()) return then(at);
        const auto rest = [&, i](std::size_t next) { return sequence(nodes, i + 1, next, then); };
        const Node& node = nodes[i];
        switch (node.is) {
            case Node::Is::kWord: return word(node, at) && rest(at + 1);
            case Node::Is::kSlot: return slot(node, at, rest);
            case Node::Is::kOptional: return sequence(node.branches.front(), 0, at, rest) || rest(at);
            case Node::Is::kAny: return any(node, at, rest);
        }
        return false;
    }
    bool word(const Node& node, std::size_t at) {
        for (const std::string& wanted : node.words)
            if (at < end && !words[at].quoted && words[at].text == wanted) return true;
        for (const std::string& wanted : node.words) miss.note(at, wanted);
        return false;
    }
    bool any(const Node& node, std::size_t at, const Then& then) {
        for (const Pattern& branch : node.branches) {
            const bool fits =
                sequence(branch, 0, at, [&](std::size_t next) { return next > at && any(node, next, then); });
            if (fits) return true;
        }
        return then(at);
    }
    bool slot(const Node& node, std::size_t at, const Then& then) {
        if (!node.kind->table.empty()) return list(node, at) && then(end);
        std::size_t next = at;
        if (node.kind->many) {
            while (next < end && (words[next].quoted || words[next].text != ",")) ++next;
        } else if (at < end && node.kind->accepts(words[at])) {
            ++next;
        }
        if (next == at) {
            miss.note(at, node.kind->what);
            return false;
        }
        Word value = words[at];
        if (next > at + 1) value.text = joined(words, at, next);
        const std::size_t kept = match.values.size();
        match.values.emplace_back(node.name, std::move(value));
        if (then(next)) return true;
        match.values.resize(kept);
        return false;
    }
    // Parts between commas, each by the table of the kind.
    bool list(const Node& node, std::size_t at) {
        std::vector<Bound> bound;
        for (std::size_t first = at; first <= end;) {
            std::size_t next = first;
            while (next < end && (words[next].quoted || words[next].text != ",")) ++next;
            auto part = grammar.table(node.kind->table).read(words, first, next, grammar, miss);
            if (!part) return false;
            bound.push_back(std::move(*part));
            first = next + 1;
        }
        match.list = std::move(bound);
        return true;
    }
};

}  // namespace

Pattern compile_pattern(const std::string& text) {
    Compiler compiler{text, pieces_of(text)};
    Pattern out = compiler.sequence();
    if (compiler.at != compiler.pieces.size()) bad_pattern(text, "a bracket too many");
    return out;
}

const Word* Match::find(const std::string& name) const {
    for (const auto& [there, word] : values)
        if (there == name) return &word;
    return nullptr;
}

void Miss::note(std::size_t place, const std::string& what) {
    if (place < at) return;
    if (place > at) wanted.clear();
    at = place;
    if (std::find(wanted.begin(), wanted.end(), what) == wanted.end()) wanted.push_back(what);
}

std::optional<Match> match_pattern(const Pattern& pattern, const std::vector<Word>& words, std::size_t first,
                                   std::size_t end, const Grammar& grammar, Miss& miss) {
    Matcher matcher{words, end, grammar, miss, {}};
    const bool fits = matcher.sequence(pattern, 0, first, [&](std::size_t at) {
        if (at == end) return true;
        miss.note(at, "the end");
        return false;
    });
    if (!fits) return std::nullopt;
    return std::move(matcher.match);
}

ParseError error_of(const Miss& miss, const std::vector<Word>& words, std::size_t end) {
    ParseError out;
    if (miss.at < end) {
        out.line = words[miss.at].line;
        out.column = words[miss.at].column;
        out.what = "'" + words[miss.at].text + "' does not fit here";
    } else {
        const Word& last = words[end - 1];
        out.line = last.line;
        out.column = last.column + static_cast<int>(last.text.size());
        out.what = "something is missing behind '" + last.text + "'";
    }
    out.what += "; allowed: ";
    for (std::size_t i = 0; i < miss.wanted.size(); ++i) out.what += (i ? ", " : "") + miss.wanted[i];
    return out;
}

}  // namespace tally::scenario
