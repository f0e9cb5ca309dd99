// `tally-hq programme ...`: the chain's rules as a file that a person writes, checks, compares, tries and issues.
// PROGRAMME.md says what stands in it.
#pragma once

#include <optional>

#include "common/domain/programme.h"
#include "hq-server/admin/commands.h"

namespace tally::admin {

// A whole programme from a file; what it leaves out is as a Programme begins, what names the chain as in `chain`. Not
// checked yet. kNotFound, kInvalid.
Result<domain::Programme> read_programme_file(const std::string& path, const domain::Programme& chain);

// Needs no headquarters. Well where there are no findings; warnings alone are well.
Result<Said> check_programme_command(const std::string& file);
// `version` 0: the newest.
Result<Said> show_programme_command(const Place& place, std::uint64_t version = 0);
Result<Said> list_programmes_command(const Place& place);
// kRefused: nothing changes, or the time zone would. kInvalid: findings.
Result<Said> publish_programme_command(const Place& place, const std::string& file, std::int64_t now_ms);

// From a version (0: the newest; with no file: the one before `to`) to a file, or to a version (0: the newest).
struct DiffRequest {
    std::string file;
    std::uint64_t from = 0, to = 0;
};
Result<Said> diff_programme_command(const Place& place, const DiffRequest& request);

// What has passed its checks and is not too long to be sent.
Status check_draft(const domain::Programme& draft);
Result<domain::Programme> programme_of_version(intake::LedgerStore& store, std::uint64_t version);  // 0: the newest

}  // namespace tally::admin
