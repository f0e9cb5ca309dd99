// What befalls a machine: restarts, kills, copies of its disk, revocation.
#include "tests/scenario/runner/step.h"

namespace tally::scenario {

namespace {

template <Status (Terminal::*kHow)()>
Status again(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    step.world.drop_line(*terminal);
    TALLY_OK((terminal->*kHow)());
    return step.world.after_act();
}

std::string disk_of(Step& step) { return step.world.folder_of("disk-" + step.text("disk")); }

template <bool kWithWitness>
Status take_disk(Step& step) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    step.world.drop_line(*terminal);
    TALLY_OK(terminal->take_from(disk_of(step), kWithWitness));
    return step.world.after_act();
}

Status set_status(Step& step, intake::DeviceStatus status) {
    TALLY_TRY(Terminal * terminal, step.terminal());
    TALLY_TRY(Hq * hq, step.world.hq());
    TALLY_OK(hq->set_status(terminal->id(), status, step.text_or("reason", ""), step.world.now_ms()));
    if (hq->is_up() && step.world.is_online(*terminal)) {
        // As the server does when another process wrote: whoever may no longer speak is told so.
        TALLY_TRY(auto refusal, hq->books().refusal_of(terminal->agent().device().public_key()));
        TALLY_TRY(Line * line, step.world.connect(*terminal));
        if (refusal && line) line->refuse(*refusal);
    }
    return step.world.after_act();
}

Status restore_hq(Step& step) {
    TALLY_TRY(Hq * hq, step.world.hq());
    step.world.drop_lines();
    TALLY_OK(hq->restore_from(disk_of(step), step.world.random()));
    if (!step.world.manual_nights) TALLY_OK(step.world.run_night());
    return step.world.after_act();
}

}  // namespace

void add_device_statements(Table& statements) {
    statements.add({.pattern = "<terminal> restarts",
                    .says = "The terminal's programs end in order and start again.",
                    .example = "T1 restarts",
                    .run = again<&Terminal::restart>});
    statements.add({.pattern = "<terminal> is killed",
                    .says = "The terminal goes on from its files as they are on the disk at this moment.",
                    .example = "T1 is killed",
                    .run = again<&Terminal::kill>});
    statements.add({.pattern = "copy the disk of <terminal> as <disk>",
                    .says = "A copy of the terminal's folder, for later.",
                    .example = "copy the disk of T1 as D1",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(Terminal * terminal, step.terminal());
                        return terminal->copy_to(disk_of(step));
                    }});
    statements.add({.pattern = "<terminal> gets the disk <disk> back",
                    .says = "The whole folder is put back, the witness beside the database too.",
                    .example = "T1 gets the disk D1 back",
                    .run = take_disk<true>});
    statements.add({.pattern = "<terminal> gets the database of disk <disk> back",
                    .says = "Only the database is put back; its witness is the newer one.",
                    .example = "T1 gets the database of disk D1 back",
                    .run = take_disk<false>});
    statements.add({.pattern = "HQ revokes <terminal> because <reason:text>",
                    .says = "Headquarters revokes a terminal.",
                    .example = "HQ revokes T1 because stolen",
                    .run = [](Step& step) { return set_status(step, intake::DeviceStatus::kRevoked); }});
    statements.add({.pattern = "HQ releases <terminal>",
                    .says = "A person at headquarters lets a terminal out of quarantine.",
                    .example = "HQ releases T1",
                    .run = [](Step& step) { return set_status(step, intake::DeviceStatus::kActive); }});
    statements.add({.pattern = "HQ enrols <terminal> again",
                    .says = "A new ticket is used on the folder of a terminal that was revoked.",
                    .example = "HQ enrols T1 again",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(Terminal * terminal, step.terminal());
                        TALLY_TRY(Hq * hq, step.world.hq());
                        TALLY_OK(terminal->enrol_again(*hq, step.world.now_ms()));
                        return step.world.after_act();
                    }});
    statements.add({.pattern = "copy HQ as <disk>",
                    .says = "A backup of headquarters' database.",
                    .example = "copy HQ as H1",
                    .run = [](Step& step) -> Status {
                        TALLY_TRY(Hq * hq, step.world.hq());
                        return hq->copy_to(disk_of(step));
                    }});
    statements.add({.pattern = "HQ is restored from <disk>",
                    .says = "Headquarters loses its database and goes on from the backup, as another incarnation.",
                    .example = "HQ is restored from H1",
                    .run = restore_hq});
}

}  // namespace tally::scenario
