// The one way to fail in Tallystick: a value or an Error. Not for expected business answers (those are values of their
// own, such as domain::RedeemVerdict). Member names follow std::expected. Usable from any thread.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace tally {

enum class Code {
    kInvalid = 1,  // input that no retry will make right
    kNotFound,     // the named thing does not exist here
    kExists,       // the named thing exists already, with other content
    kRefused,      // understood, and not permitted (revoked, out of limits, wrong state)
    kWrongKey,     // no key slot opens with what was given
    kDamaged,      // bytes that fail their authentication, checksum or grammar
    kNewer,        // a format, schema or protocol newer than this program
    kBusy,         // somebody else holds it; try again
    kFull,         // no space left
    kIo,           // disk or network failed otherwise
    kOverflow,     // a number would leave its range
    kBug,          // an invariant of our own is broken
};

std::string_view code_name(Code code);

// `detail` is for the log and for support: English, names the thing, never holds a secret or personal data.
struct Error {
    Code code = Code::kBug;
    std::string detail;
};

std::string to_string(const Error& error);

inline Error fail(Code code, std::string detail) { return Error{code, std::move(detail)}; }

template <class T>
class [[nodiscard]] Result {
  public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    T& value() & { return check(), std::get<0>(state_); }
    const T& value() const& { return check(), std::get<0>(state_); }
    T&& value() && { return check(), std::get<0>(std::move(state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return &value(); }
    const T* operator->() const { return &value(); }
    const Error& error() const { return std::get<1>(state_); }
    T value_or(T other) const& { return has_value() ? std::get<0>(state_) : std::move(other); }

  private:
    void check() const {
        if (has_value()) return;
        std::fprintf(stderr, "Result without a value was read: %s\n", std::get<1>(state_).detail.c_str());
        std::abort();
    }
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
  public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}
    bool has_value() const { return !error_; }
    explicit operator bool() const { return has_value(); }
    const Error& error() const { return *error_; }

  private:
    std::optional<Error> error_;
};

using Status = Result<void>;

// Evaluate `expr` (a Result); on error return it from this function, else bind its value: TALLY_TRY(auto row, read());
#define TALLY_CONCAT_(a, b) a##b
#define TALLY_CONCAT(a, b) TALLY_CONCAT_(a, b)
#define TALLY_TRY_(tmp, decl, expr) \
    auto tmp = (expr);              \
    if (!tmp) return (tmp).error(); \
    decl = std::move(tmp).value()
#define TALLY_TRY(decl, expr) TALLY_TRY_(TALLY_CONCAT(tally_try_, __COUNTER__), decl, expr)

// The same for a Status.
#define TALLY_OK(expr)                                                              \
    do {                                                                            \
        if (auto tally_status = (expr); !tally_status) return tally_status.error(); \
    } while (false)

// An invariant that stays on in release: prints where and what, then aborts (no stack of secrets is printed).
#define TALLY_ASSERT(condition, what)                                                          \
    do {                                                                                       \
        if (!(condition)) {                                                                    \
            std::fprintf(stderr, "invariant broken at %s:%d: %s\n", __FILE__, __LINE__, what); \
            std::abort();                                                                      \
        }                                                                                      \
    } while (false)

}  // namespace tally
