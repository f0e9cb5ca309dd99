#include "common/store/database_keys.h"

#include <sodium.h>

#include <map>
#include <mutex>

namespace tally::store {

static constexpr char kContext[crypto_kdf_CONTEXTBYTES + 1] = "tallydb1";
static_assert(kDatabaseIdBytes <= crypto_kdf_BYTES_MIN);

static void derive(std::uint8_t* out, std::size_t size, std::uint64_t number, const crypto::Secret& data_key) {
    const int failed = crypto_kdf_derive_from_key(out, size, number, kContext, data_key.view().data());
    TALLY_ASSERT(failed == 0, "sizes of a derived key");
}

DatabaseKeys::DatabaseKeys(const crypto::Secret& data_key) : keys_(112) {
    TALLY_ASSERT(data_key.size() == crypto_kdf_KEYBYTES, "a data key has 32 bytes");
    std::uint8_t* out = keys_.writable().data();
    derive(out, 32, 1, data_key);
    derive(out + 32, 32, 2, data_key);
    derive(out + 64, 32, 3, data_key);
    derive(out + 96, 16, 4, data_key);
    std::array<std::uint8_t, crypto_kdf_BYTES_MIN> id{};
    derive(id.data(), id.size(), 5, data_key);
    std::memcpy(id_.data(), id.data(), id_.size());
}

crypto::Secret derived_secret(const crypto::Secret& data_key, DerivedUse use) {
    TALLY_ASSERT(data_key.size() == crypto_kdf_KEYBYTES, "a data key has 32 bytes");
    crypto::Secret out(32);
    derive(out.writable().data(), out.size(), static_cast<std::uint64_t>(use), data_key);
    return out;
}

namespace {
struct Registry {
    std::mutex mutex;
    std::map<std::string, Handover*, std::less<>> offers;
};
Registry& registry() {
    static Registry instance;
    return instance;
}
}  // namespace

Handover::Handover(std::shared_ptr<const DatabaseKeys> keys) : keys_(std::move(keys)) {
    std::array<std::uint8_t, 16> random{};
    randombytes_buf(random.data(), random.size());
    handle_ = to_hex(ByteView(random));
    const std::lock_guard lock(registry().mutex);
    registry().offers[handle_] = this;
}

Handover::~Handover() {
    const std::lock_guard lock(registry().mutex);
    registry().offers.erase(handle_);
}

// The handle stands last, so that nothing else of the name is taken for part of it.
std::string Handover::uri_of(const std::string& path, const char* mode) const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out = path.starts_with('/') ? "file://" : "file:";
    for (const char c : path) {
        if (c == '%' || c == '?' || c == '#') {
            out += {'%', kDigits[c >> 4], kDigits[c & 15]};
        } else {
            out += c;
        }
    }
    out += mode == nullptr ? "?" : std::string("?mode=") + mode + "&";
    return out + kHandleParameter + "=" + handle_;
}

bool Handover::offers(std::string_view uri) {
    const std::string parameter = std::string(kHandleParameter) + "=";
    const std::size_t at = uri.rfind(parameter);
    if (at == std::string_view::npos || at == 0 || !uri.starts_with("file:")) return false;
    const std::string_view before = uri.substr(uri.find('?') == std::string_view::npos ? at : uri.find('?'), at);
    return before.find("vfs=") == std::string_view::npos && find(uri.substr(at + parameter.size())) != nullptr;
}

Handover* Handover::find(std::string_view handle) {
    const std::lock_guard lock(registry().mutex);
    const auto found = registry().offers.find(handle);
    return found == registry().offers.end() ? nullptr : found->second;
}

}  // namespace tally::store
