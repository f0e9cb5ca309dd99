#include "tests/scenario/runner/run.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "common/base/counted.h"
#include "common/base/log.h"
#include "tests/scenario/runner/play.h"

namespace tally::scenario {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSuffix = ".scenario";

std::vector<std::string> files_of(const std::vector<std::string>& named) {
    std::vector<std::string> out;
    for (const std::string& name : named) {
        std::error_code error;
        if (!fs::is_directory(name, error)) {
            out.push_back(name);
            continue;
        }
        std::vector<std::string> inside;
        for (const auto& entry : fs::recursive_directory_iterator(name, error))
            if (entry.path().extension() == kSuffix) inside.push_back(entry.path().string());
        std::sort(inside.begin(), inside.end());
        out.insert(out.end(), inside.begin(), inside.end());
    }
    return out;
}

class Run {
  public:
    explicit Run(const RunOptions& options) : options_(options) {}

    void file(const std::string& name) {
        ++files_;
        std::ifstream in(name, std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        std::vector<ParseError> errors;
        if (!in) errors.push_back({0, 0, "the file cannot be read"});
        Script script;
        if (errors.empty()) script = read_script(name, text.str(), Grammar::all(), errors);
        for (const ParseError& error : errors)
            std::cout << name << ":" << error.line << ":" << error.column << ": " << error.what << "\n";
        if (!errors.empty()) {
            ++unreadable_;
            return;
        }
        for (const Scenario& scenario : script.scenarios)
            if (scenario.title.find(options_.only) != std::string::npos) play_one(script, scenario);
    }

    int sum_up() const {
        if (options_.list) return scenarios_ > 0 && unreadable_ == 0 ? 0 : 1;
        std::cout << counted(scenarios_, "scenario") << " in " << counted(files_, "file") << ", " << failed_
                  << " failed";
        if (unreadable_ > 0) std::cout << ", " << counted(unreadable_, "file") << " not readable";
        std::cout << "\n";
        if (failed_ > 0 || unreadable_ > 0) return 1;
        return scenarios_ > 0 ? 0 : 2;
    }

  private:
    void play_one(const Script& script, const Scenario& scenario) {
        ++scenarios_;
        if (options_.list) {
            std::cout << script.file << ":" << scenario.line << ": " << scenario.title << "\n";
            return;
        }
        if (options_.verbose) std::cout << "== " << scenario.title << "\n";
        const Trace trace =
            options_.verbose ? Trace([](const std::string& what) { std::cout << "  " << what << "\n"; }) : Trace();
        const auto failure = play(script, scenario, options_.seed, trace);
        if (!failure) return;
        ++failed_;
        std::cout << script.file << ":" << failure->line << ": " << scenario.title << "\n    " << failure->statement
                  << "\n";
        for (const Difference& difference : failure->differences)
            std::cout << "  expected: " << difference.expected << "\n  got:      " << difference.got << "\n";
        if (!failure->order.empty()) std::cout << "  order:    " << failure->order << "\n";
        if (!failure->error.empty()) std::cout << "  error:    " << failure->error << "\n";
        std::cout << "  seed:     " << options_.seed << "\n";
    }

    const RunOptions& options_;
    std::uint64_t files_ = 0, scenarios_ = 0, failed_ = 0, unreadable_ = 0;
};

int print_grammar() {
    const auto text = grammar_text(Grammar::all());
    if (text)
        std::cout << *text;
    else
        std::cerr << to_string(text.error()) << "\n";
    return text ? 0 : 1;
}

}  // namespace

int run_scenarios(const RunOptions& options) {
    start_log("scenario", options.verbose ? "warn" : "off");
    if (options.grammar) return print_grammar();
    Run run(options);
    for (const std::string& file : files_of(options.files)) run.file(file);
    return run.sum_up();
}

}  // namespace tally::scenario
