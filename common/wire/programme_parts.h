// Pieces of the programme's codec and of its JSON form. Internal to this layer.
#pragma once

#include "common/domain/programme.h"
#include "common/wire/codec.h"
#include "common/wire/codec_parts.h"
#include "common/wire/programme.pb.h"

namespace tally::wire {

inline void put_texts(google::protobuf::RepeatedPtrField<std::string>* out, const std::vector<std::string>& in) {
    for (const std::string& text : in) *out->Add() = text;
}

void put_programme(pb::Programme& out, const domain::Programme& in);
// Reads what the grammar holds; kInvalid names a date or a time that is none. What is unknown is listed, not refused;
// check_programme is the caller's.
Status get_programme(domain::Programme& out, const pb::Programme& in);

}  // namespace tally::wire
