#include "common/base/result.h"

namespace tally {

std::string_view code_name(Code code) {
    switch (code) {
        case Code::kInvalid: return "invalid";
        case Code::kNotFound: return "not found";
        case Code::kExists: return "exists";
        case Code::kRefused: return "refused";
        case Code::kWrongKey: return "wrong key";
        case Code::kDamaged: return "damaged";
        case Code::kNewer: return "newer than this program";
        case Code::kBusy: return "busy";
        case Code::kFull: return "disk full";
        case Code::kIo: return "i/o";
        case Code::kOverflow: return "overflow";
        case Code::kBug: return "bug";
    }
    return "bug";
}

std::string to_string(const Error& error) { return std::string(code_name(error.code)) + ": " + error.detail; }

}  // namespace tally
