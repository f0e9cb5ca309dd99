#include "sync/agent/settings.h"

#include <toml++/toml.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

namespace tally::agent {

namespace {

constexpr std::int64_t kDelayMax_ms = 24 * 3600 * 1000;

Status check_names(const toml::table& root, const char* table, const std::set<std::string_view>& known) {
    const toml::node* node = root.get(table);
    if (!node) return {};
    if (!node->is_table()) return fail(Code::kInvalid, std::string("[") + table + "] must be a table");
    for (const auto& [key, value] : *node->as_table())
        if (!known.contains(key.str()))
            return fail(Code::kInvalid, "unknown entry '" + std::string(key.str()) + "' in [" + table + "]");
    return {};
}

// An absent entry leaves `out` alone.
Status take_text(const toml::table& root, const char* table, const char* name, std::optional<std::string>& out) {
    const auto node = root[table][name];
    if (!node) return {};
    const auto text = node.value_exact<std::string>();
    if (!text || text->empty()) return fail(Code::kInvalid, std::string(table) + "." + name + " must be a text");
    out = *text;
    return {};
}

Status take_number(const toml::table& root, const char* table, const char* name, std::int64_t least, std::int64_t most,
                   std::int64_t& out) {
    const auto node = root[table][name];
    if (!node) return {};
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < least || *number > most)
        return fail(Code::kInvalid, std::string(table) + "." + name + " must be a whole number from " +
                                        std::to_string(least) + " to " + std::to_string(most));
    out = *number;
    return {};
}

Result<Settings> settings_of(const toml::table& root) {
    Settings settings;
    TALLY_OK(check_names(root, "key", {"file"}));
    TALLY_OK(check_names(root, "hq", {"host", "port"}));
    TALLY_OK(check_names(root, "sync", {"connect_ms", "backoff_base_ms", "backoff_max_ms", "poll_ms", "log"}));
    TALLY_OK(take_text(root, "key", "file", settings.key_file));
    TALLY_OK(take_text(root, "hq", "host", settings.hq_host));
    std::int64_t port = 0;
    TALLY_OK(take_number(root, "hq", "port", 1, 65535, port));
    if (port) settings.hq_port = static_cast<std::uint16_t>(port);
    TALLY_OK(take_number(root, "sync", "connect_ms", 1, kDelayMax_ms, settings.connect_ms));
    TALLY_OK(take_number(root, "sync", "backoff_base_ms", 1, kDelayMax_ms, settings.backoff.base_ms));
    TALLY_OK(take_number(root, "sync", "backoff_max_ms", 1, kDelayMax_ms, settings.backoff.max_ms));
    TALLY_OK(take_number(root, "sync", "poll_ms", 1, kDelayMax_ms, settings.poll_ms));
    std::optional<std::string> log;
    TALLY_OK(take_text(root, "sync", "log", log));
    if (log && *log != "debug" && *log != "info" && *log != "warn" && *log != "error")
        return fail(Code::kInvalid, "sync.log must be debug, info, warn or error");
    if (log) settings.log = *log;
    return settings;
}

}  // namespace

Result<Settings> parse_settings(std::string_view text) {
    try {
        return settings_of(toml::parse(text));
    } catch (const toml::parse_error& error) {
        return fail(Code::kInvalid,
                    "line " + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
    }
}

Result<Settings> read_settings(const std::string& dir) {
    const std::string path = dir + "/terminal.toml";
    std::ifstream file(path);
    if (!file) {
        if (errno == ENOENT || errno == ENOTDIR) return Settings{};
        return fail(Code::kIo, path + ": " + std::strerror(errno));
    }
    std::stringstream text;
    text << file.rdbuf();
    auto settings = parse_settings(text.str());
    if (!settings) return fail(settings.error().code, path + ": " + settings.error().detail);
    return settings;
}

}  // namespace tally::agent
