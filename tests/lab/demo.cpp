#include "tests/lab/demo.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "common/base/clock.h"
#include "common/base/counted.h"
#include "tests/lab/fleet.h"
#include "tests/lab/headquarters.h"
#include "tests/lab/terminal_files.h"
#include "tests/lab/work_folder.h"

namespace tally::lab {

namespace {

using nlohmann::json;
using std::printf;

constexpr std::size_t kNorth = 0, kSouth = 1;
constexpr const char* kStores[] = {"North", "South"};
constexpr const char* kCardAnna = "6200000001";
constexpr const char* kCardWang = "6200000002";
constexpr const char* kCardLi = "6200000003";  // is registered during the outage

class Demo {
  public:
    explicit Demo(std::string dir)
        : dir_(std::move(dir)),
          hq_(dir_ + "/hq"),
          fleet_([this](std::size_t, const json&, const json& answer) { last_ = answer; }) {}

    // True when everything agreed.
    Result<bool> run() {
        TALLY_OK(open());
        TALLY_OK(online_sales());
        TALLY_OK(outage());
        TALLY_OK(reunion());
        TALLY_TRY(const bool equal, table());
        TALLY_OK(fleet_.stop());  // the screen will serve the replica itself
        TALLY_OK(settings());
        return equal;
    }
    Status close() { return hq_.stop(); }

    // The very commands that open what is left.
    void say_how_to_open_it_again() const {
        const std::string hq = program_word("tally-hq"), till = program_word("tally-terminal");
        printf("\nAll of it is left in %s. To open it again: 如需再次打开：\n", dir_.c_str());
        printf("   %s serve --dir %s --listen 127.0.0.1:%u      # Ctrl-C ends it; the tills sell on without it\n",
               hq.c_str(), word(dir_ + "/hq").c_str(), static_cast<unsigned>(hq_.port()));
        for (const std::size_t store : {kNorth, kSouth})
            printf("   %s run --dir %s\n", till.c_str(), word(terminal_dir(store)).c_str());
        for (const char* look : {"terminals", "report --by store", "verify"})
            printf("   %s %s --dir %s\n", hq.c_str(), look, word(dir_ + "/hq").c_str());
        printf("each in a terminal of its own. When it is not wanted any more: rm -r %s\n", word(dir_).c_str());
    }

    std::string terminal_dir(std::size_t store) const { return dir_ + "/till-" + kStores[store]; }

  private:
    // As a shell takes it.
    static std::string word(const std::string& text) {
        if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:") ==
            std::string::npos)
            return text;
        std::string out = "'";
        for (const char c : text) out += c == '\'' ? "'\\''" : std::string(1, c);
        return out + "'";
    }
    static std::string program_word(const char* name) { return word(program_beside(name)); }

    void step(const char* english, const char* chinese) {
        printf("\n%d. %s\n   %s\n", ++steps_, english, chinese);
        std::fflush(stdout);
    }

    Result<json> ask(std::size_t store, json request) {
        fleet_.post(store, std::move(request));
        while (fleet_.unanswered() > 0) TALLY_OK(fleet_.pump(50));
        if (last_.count("error"))
            return fail(Code::kBug, std::string(kStores[store]) + ": " + last_.at("error").get<std::string>());
        return last_;
    }

    Status sell(std::size_t store, const char* card, std::int64_t amount_minor, const char* who) {
        TALLY_TRY(const json answer, ask(store, {{"do", "sale"},
                                                 {"at", clock_.wall_ms()},
                                                 {"code", card},
                                                 {"bill", ""},
                                                 {"amount", amount_minor},
                                                 {"refund", false},
                                                 {"of", ""}}));
        printf("   %-5s sells to %-8s %7.2f  ->  %+lld points\n", kStores[store], who,
               static_cast<double>(amount_minor) / 100, answer.at("points").get<long long>());
        return {};
    }

    Status show(std::size_t store, const char* card) {
        TALLY_TRY(const json answer, ask(store, {{"do", "card"}, {"code", card}}));
        const auto number = [&](const char* what) { return answer.at(what).get<std::uint64_t>(); };
        const std::string waits = counted(number("pending"), "operation waits", "operations wait");
        printf("   the till in %-5s shows %-8s %5lld points, %s (%s for headquarters)\n", kStores[store],
               answer.at("name").get<std::string>().c_str(), answer.at("balance").get<long long>(),
               counted(number("bills"), "bill").c_str(), waits.c_str());
        return {};
    }

    Status set_lines(bool up) {
        for (const std::size_t store : {kNorth, kSouth}) {
            TALLY_TRY(last_, ask(store, {{"do", "line"}, {"up", up}}));
        }
        return {};
    }

    Status settle() {
        for (int tries = 0; tries < 600; ++tries) {
            TALLY_TRY(const auto states, fleet_.ask_all({{"do", "status"}}));
            bool together = true;
            for (const json& state : states)
                together = together && state.value("pending", 1) == 0 && state.value("waiting", 1) == 0 &&
                           state.value("caught_up", false) && state.at("cursor") == states[0].at("cursor") &&
                           state.value("members", 0) >= 2;
            if (together) return {};
            TALLY_OK(fleet_.pump(50));
        }
        return fail(Code::kBusy, "the terminals do not come together; see the logs in " + dir_);
    }

    Status open() {
        step("A headquarters is made, gets two members from another system, and two stores' terminals enrol.",
             "建立总部，导入两位会员，两家门店的终端登记。");
        std::ofstream members(dir_ + "/members.csv");
        members << "member_ref,name,phone,card_no,email,birthday,tier,joined_on,channel\n"
                << "A-1,Anna,13800000001," << kCardAnna << ",,,,2025-03-01,\n"
                << "A-2,王芳,13800000002," << kCardWang << ",,,,2025-05-20,\n";
        members.close();
        TALLY_OK(hq_.init("Asia/Shanghai", "Demo"));
        TALLY_TRY(const std::string imported, hq_.import_members(dir_ + "/members.csv"));
        printf("   import: %s\n", imported.c_str());
        TALLY_OK(hq_.serve());
        for (const std::size_t store : {kNorth, kSouth}) {
            TerminalPlace place{kStores[store], "", terminal_dir(store), terminal_dir(store) + "/ticket"};
            std::filesystem::create_directories(place.dir);
            TALLY_OK(hq_.enrol(kStores[store], kStores[store], place.ticket_file));
            TALLY_TRY(const std::size_t index, fleet_.start(place, clock_.wall_ms()));
            TALLY_ASSERT(index == store, "terminals are numbered in order");
        }
        return settle();
    }

    Status online_sales() {
        step("Both stores are online. What one sells, the other sees.", "两店在线：一店的销售，另一店立即可见。");
        TALLY_OK(sell(kNorth, kCardAnna, 23'990, "Anna"));
        TALLY_OK(sell(kSouth, kCardWang, 18'050, "王芳"));
        TALLY_OK(settle());
        TALLY_OK(show(kNorth, kCardWang));
        return show(kSouth, kCardAnna);
    }

    Status outage() {
        step("The line to both stores is cut. Selling, redeeming and registering go on.",
             "两店断网：照常销售、抵扣积分、登记会员。");
        TALLY_OK(set_lines(false));
        TALLY_OK(sell(kNorth, kCardAnna, 5'000, "Anna"));
        TALLY_OK(sell(kSouth, kCardAnna, 7'525, "Anna"));
        TALLY_TRY(last_,
                  ask(kNorth, {{"do", "redeem"}, {"at", clock_.wall_ms()}, {"code", kCardWang}, {"points", 100}}));
        printf("   North redeems 100 points of 王芳\n");
        TALLY_TRY(last_, ask(kSouth, {{"do", "register"},
                                      {"at", clock_.wall_ms()},
                                      {"name", "李雷"},
                                      {"phone", "13900000003"},
                                      {"card", kCardLi}}));
        printf("   South registers 李雷\n");
        TALLY_OK(sell(kSouth, kCardLi, 9'900, "李雷"));
        TALLY_OK(show(kNorth, kCardAnna));
        return show(kSouth, kCardAnna);
    }

    Status reunion() {
        step("The line is back. Everybody agrees again.", "网络恢复：总部与两店重新一致。");
        TALLY_OK(set_lines(true));
        return settle();
    }

    // So that `tally-terminal run --dir` opens either till.
    Status settings() {
        for (const std::size_t store : {kNorth, kSouth}) {
            std::ofstream out(terminal_dir(store) + "/terminal.toml");
            out << "[key]\nfile = \"" << terminal_key_file(terminal_dir(store)) << "\"\n";
            out.close();
            if (!out) return fail(Code::kIo, "cannot write terminal.toml");
        }
        return {};
    }

    Result<Figures> figures_of(std::size_t store) {
        const std::string dir = terminal_dir(store);
        TALLY_TRY(last_,
                  ask(store, {{"do", "report"}, {"members", dir + "/members.csv"}, {"days", dir + "/days.csv"}}));
        Figures figures;
        TALLY_OK(read_members(dir + "/members.csv", figures));
        TALLY_OK(read_store_days(dir + "/days.csv", figures));
        return figures;
    }

    static void row(const std::string& whose, const Totals& hq, const Totals& north, const Totals& south) {
        const auto cell = [](const Totals& t) {
            char text[64];
            std::snprintf(text, sizeof text, "%lld / %.2f / %lld", static_cast<long long>(t.bills),
                          static_cast<double>(t.amount_minor) / 100, static_cast<long long>(t.balance()));
            return std::string(text);
        };
        printf("   %-12s %-22s %-22s %-22s %s\n", whose.c_str(), cell(hq).c_str(), cell(north).c_str(),
               cell(south).c_str(), hq == north && hq == south ? "equal" : "DIFFER");
    }

    Result<bool> table() {
        TALLY_TRY(const Figures hq, hq_.report());
        TALLY_TRY(const Figures north, figures_of(kNorth));
        TALLY_TRY(const Figures south, figures_of(kSouth));
        step("Bills / amount / points, as three databases hold them:", "账单 / 金额 / 积分，三个数据库各自的记录：");
        printf("   %-12s %-22s %-22s %-22s\n", "", "headquarters", "replica North", "replica South");
        for (const auto& [ref, totals] : hq.members) {
            const auto of = [&key = ref](const Figures& figures) {
                const auto found = figures.members.find(key);
                return found == figures.members.end() ? Totals{} : found->second;
            };
            row(ref.size() > 8 ? "(new) " + ref.substr(ref.size() - 4) : ref, totals, of(north), of(south));
        }
        for (const auto& [store, totals] : hq.stores())
            row(store, totals, north.stores()[store], south.stores()[store]);
        row("ALL", hq.chain(), north.chain(), south.chain());
        const bool equal = compare_exact(hq, north, "").empty() && compare_exact(hq, south, "").empty();
        TALLY_TRY(const std::string verified, hq_.verify());
        printf("   tally-hq verify: %s\n", verified.c_str());
        printf("   %s\n",
               equal ? "Headquarters and both replicas are equal. 总部与两店完全一致。" : "THEY DIFFER. 不一致！");
        return equal;
    }

    std::string dir_;
    SystemClock clock_;
    Headquarters hq_;
    Fleet fleet_;
    json last_;
    int steps_ = 0;
};

}  // namespace

int run_demo(const DemoOptions& options) {
    auto folder = WorkFolder::make(options.dir, "tally-demo");
    if (!folder) {
        std::fprintf(stderr, "tally-lab: %s\n", to_string(folder.error()).c_str());
        return 2;
    }
    printf("Tallystick: a demonstration in %s\n", folder->path().c_str());
    Demo demo(folder->path());
    const Result<bool> equal = demo.run();
    if (!equal) {
        std::fprintf(stderr, "tally-lab: %s\n", to_string(equal.error()).c_str());
        return 2;
    }
    // Headquarters goes on meanwhile: the screen is online.
    const bool seen = !*equal || !options.screen || show_cashier_screen(demo.terminal_dir(kNorth));
    const Status closed = demo.close();
    if (!closed) std::fprintf(stderr, "tally-lab: %s\n", to_string(closed.error()).c_str());
    demo.say_how_to_open_it_again();
    return !*equal ? 1 : seen && closed ? 0 : 2;
}

}  // namespace tally::lab
