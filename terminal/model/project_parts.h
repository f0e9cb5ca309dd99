// The parts of project() that several pages share. Only project*.cpp include this.
#pragma once

#include "terminal/model/models.h"

namespace tally::terminal {

struct Wording {
    const AppState& state;
    std::string operator()(Text id, std::vector<Arg> args = {}) const {
        return say(state.locale(), {id, std::move(args)});
    }
    std::string points(domain::Points value, bool sign) const { return format_points(state.locale(), value, sign); }
};

FieldModel field(const Wording& w, FieldId id, Text label, std::string hint);
OperationList operations(const Wording& w, Text title, Text empty, const std::vector<OperationLine>& lines,
                         bool with_member);
StatusModel status(const Wording& w);
NoticeModel notice(const Wording& w);
std::vector<ButtonModel> buttons(const Wording& w);

}  // namespace tally::terminal
