#include "terminal/app/dump.h"

#include <cstdio>
#include <nlohmann/json.hpp>

namespace tally::terminal {

namespace {

using Json = nlohmann::json;

const char* screen_name(Screen screen) {
    switch (screen) {
        case Screen::kOpening: return "opening";
        case Screen::kStopped: return "stopped";
        case Screen::kHome: return "home";
        case Screen::kChoice: return "choice";
        case Screen::kMember: return "member";
        case Screen::kEarn: return "earn";
        case Screen::kRedeem: return "redeem";
        case Screen::kRefund: return "refund";
        case Screen::kRegister: return "register";
        case Screen::kTillLog: return "till_log";
    }
    return "?";
}

const char* kind_name(SeenKind kind) {
    switch (kind) {
        case SeenKind::kText: return "text";
        case SeenKind::kButton: return "button";
        case SeenKind::kField: return "field";
        case SeenKind::kRow: return "row";
        case SeenKind::kBox: return "box";
    }
    return "?";
}

Json rect(const Box& box) { return Json::array({box.x, box.y, box.w, box.h}); }

}  // namespace

std::string dump_json(const AppState& state, const SeenFrame& seen, std::uint64_t frame) {
    Json out;
    out["frame"] = frame;
    out["screen"] = screen_name(state.screen);
    out["lang"] = state.lang == Lang::kZh ? "zh" : "en";
    out["online"] = state.link.online;
    out["waiting"] = state.waiting;
    out["revoked"] = is_revoked(state);
    out["confirmed_ms"] = state.confirmed_ms;
    out["programme"] = state.shop.programme.version;
    out["settled"] = !state.acting && !state.finding && !state.opening && !state.refreshing && !state.previewing &&
                     !state.listing && !state.checking_phone;
    if (state.member) {
        out["balance"] = state.member->balance;
        out["member_waiting"] = state.member->waiting;
        out["member_confirmed"] = state.member->confirmed;
    }
    if (state.notice) out["tone"] = static_cast<int>(state.notice->tone);
    out["operations"] = state.operations.size();
    Json items = Json::array();
    for (const Seen& one : seen) {
        Json item = {{"kind", kind_name(one.kind)}, {"label", one.label}, {"rect", rect(one.box)}};
        if (!one.id.empty()) item["id"] = one.id;
        if (!one.enabled) item["enabled"] = false;
        if (one.focused) item["focused"] = true;
        if (one.cut) item["cut"] = true;
        if (one.elided) item["elided"] = true;
        items.push_back(std::move(item));
    }
    out["items"] = std::move(items);
    return out.dump(1, ' ', false, Json::error_handler_t::replace);
}

Status write_whole(const std::string& path, const std::string& content) {
    const std::string fresh = path + ".new";
    std::FILE* file = std::fopen(fresh.c_str(), "wb");
    if (file == nullptr) return fail(Code::kIo, "cannot write " + path);
    const bool whole = std::fwrite(content.data(), 1, content.size(), file) == content.size();
    if (std::fclose(file) != 0 || !whole || std::rename(fresh.c_str(), path.c_str()) != 0) {
        return fail(Code::kIo, "cannot write " + path);
    }
    return {};
}

}  // namespace tally::terminal
