// Runs the fuzz targets without libFuzzer, as a test of every build:
//
//     test_fuzz WHAT             every file of corpus/WHAT, then mutations of them that follow from TALLY_SEED
//     test_fuzz WHAT FILE...     these files only: a crash, made to happen again
//     test_fuzz --make-corpus    writes the seeds that are made by programs into the corpus (make_corpus.cpp)
//
// A law that breaks aborts; the input is then written to a file, whose name is printed.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include "common/base/random.h"
#include "tests/fuzz/make_corpus.h"
#include "tests/fuzz/target.h"

namespace fs = std::filesystem;
using namespace tally;

namespace {

constexpr int kMutations = 4000;
constexpr std::size_t kInputBytesMax = 4096;

// What a signal handler needs.
Bytes running;
std::string crash_path;

extern "C" void keep_crash(int signal) {
    const int file = ::open(crash_path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t ignored = ::write(file, running.data(), running.size());
    ignored = ::write(2, "the input is in ", 16);
    ignored = ::write(2, crash_path.data(), crash_path.size());
    ignored = ::write(2, "\n", 1);
    (void)ignored;
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void run(fuzz::Target target, Bytes input) {
    running = std::move(input);
    target(running);
}

Bytes mutated(const std::vector<Bytes>& seeds, Random& random) {
    constexpr std::uint8_t kTelling[] = {0, 1, 9, 10, 13, 32, 34, 43, 44, 45, 48, 57, 127, 128, 254, 255};
    Bytes out = seeds[random.below(seeds.size())];
    const auto at = [&](const Bytes& bytes) { return static_cast<std::ptrdiff_t>(random.below(bytes.size() + 1)); };
    for (std::uint64_t steps = 1 + random.below(6); steps > 0; --steps) {
        const std::ptrdiff_t from = at(out), to = at(out);
        const auto [low, high] = std::minmax(from, to);
        switch (random.below(7)) {
            case 0: out.insert(out.begin() + from, static_cast<std::uint8_t>(random.below(256))); break;
            case 1: out.insert(out.begin() + from, kTelling[random.below(sizeof kTelling)]); break;
            case 2: out.erase(out.begin() + low, out.begin() + std::min(high, low + 16)); break;
            case 3: {  // a piece of another seed
                const Bytes& other = seeds[random.below(seeds.size())];
                const std::ptrdiff_t begin = at(other), size = static_cast<std::ptrdiff_t>(other.size()) - begin;
                out.insert(out.begin() + from, other.begin() + begin,
                           other.begin() + begin + std::min<std::ptrdiff_t>(size, 64));
                break;
            }
            default:  // most often: one byte changed
                if (out.empty()) break;
                std::uint8_t& byte = out[random.below(out.size())];
                byte = random.below(2) != 0 ? static_cast<std::uint8_t>(byte ^ 1u << random.below(8))
                                            : kTelling[random.below(sizeof kTelling)];
        }
    }
    if (out.size() > kInputBytesMax) out.resize(kInputBytesMax);
    return out;
}

Bytes content_of(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

int main(int count, char** words) {
    const char* root = std::getenv("TALLY_ROOT");
    const fs::path corpus = fs::path(root != nullptr ? root : ".") / "tests/fuzz/corpus";
    const std::string what = count > 1 ? words[1] : "";
    if (what == "--make-corpus") return fuzz::make_corpus(corpus.string()) ? 0 : 1;
    const fuzz::Registration* found = fuzz::Registration::first;
    while (found != nullptr && found->what != what) found = found->next;
    if (found == nullptr) {
        std::cerr << "no such target: '" << what << "'; there are:";
        for (found = fuzz::Registration::first; found != nullptr; found = found->next) std::cerr << ' ' << found->what;
        std::cerr << "\n";
        return 2;
    }
    const char* given = std::getenv("TALLY_SEED");
    const std::uint64_t seed = given != nullptr && *given != 0 ? std::strtoull(given, nullptr, 10) : 20261122;
    crash_path = (fs::temp_directory_path() / ("tally-fuzz-crash-" + what)).string();
    std::signal(SIGABRT, keep_crash);
    std::vector<Bytes> seeds;
    for (int i = 2; i < count; ++i) seeds.push_back(content_of(words[i]));
    std::error_code error;
    if (count == 2)
        for (const auto& entry : fs::directory_iterator(corpus / what, error))
            seeds.push_back(content_of(entry.path()));
    if (seeds.empty()) {
        std::cerr << "no corpus: " << (corpus / what).string() << "\n";
        return 1;
    }
    std::sort(seeds.begin(), seeds.end());  // the order of a folder is no order
    for (const Bytes& bytes : seeds) run(found->target, bytes);
    std::cout << what << ": " << seeds.size() << " files" << std::endl;
    if (count > 2) return 0;
    std::cout << kMutations << " mutations, TALLY_SEED=" << seed << std::endl;
    SeededRandom random(seed);
    for (int i = 0; i < kMutations; ++i) run(found->target, mutated(seeds, random));
    return 0;
}
