// Registering people and changing what is known about them.
#include "tests/scenario/runner/acts.h"

namespace tally::scenario {

namespace {

using domain::Field;

constexpr std::pair<const char*, Field> kFields[] = {{"name", Field::kName},         {"phone", Field::kPhone},
                                                     {"card", Field::kCard},         {"email", Field::kEmail},
                                                     {"birthday", Field::kBirthday}, {"ref", Field::kExternalRef}};
constexpr const char* kFieldPattern =
    "phone <phone:text> | card <card:text> | email <email:text> | birthday <birthday:date> | name <name:text> | ref "
    "<ref:text>";

domain::PersonalFields fields_of(const Step& step) {
    domain::PersonalFields out;
    for (const auto& [name, field] : kFields)
        if (step.has(name)) out[field] = step.text(name);
    return out;
}

std::vector<std::string> codes_of(const domain::PersonalFields& fields) {
    std::vector<std::string> out;
    for (const Field field : {Field::kCard, Field::kPhone, Field::kEmail, Field::kExternalRef})
        if (const auto value = fields.find(field); value != fields.end()) out.push_back(value->second);
    return out;
}

Status register_member(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    const std::string name = step.text("member");
    replica::RegisterRequest request;
    request.fields = fields_of(step);
    if (!request.fields.count(Field::kName)) request.fields[Field::kName] = name;
    const std::vector<std::string> codes = codes_of(request.fields);
    request.channel = terminal->channel.empty() ? "store" : terminal->channel;
    if (step.has("friend")) {
        TALLY_TRY(const Person* who, step.person("friend"));
        request.referrer = who->id;
    }
    const auto answer = terminal->till().register_member(request);
    if (!answer) return done(step, Status(answer.error()));
    step.act->bonus = answer->bonus;
    step.act->existed = answer->existed;
    step.act->member = answer->member;
    if (!answer->existed && step.world.people.count(name))
        return fail(Code::kInvalid, name +
                                        " was registered a second time as somebody else; call the second one "
                                        "otherwise: " +
                                        name + "2 registers ... name " + name);
    if (!answer->existed || !step.world.people.count(name)) step.world.people[name] = {answer->member, codes};
    return done(step, Status{});
}

Status edit(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    const domain::PersonalFields fields = fields_of(step);
    const Status edited = terminal->till().edit_profile(shown.member, fields, &step.act->bonus);
    if (edited) {
        TALLY_TRY(Person * person, step.person());
        for (const std::string& code : codes_of(fields)) person->codes.insert(person->codes.begin(), code);
    }
    return done(step, edited);
}

template <bool kGranted>
Status consent(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    return done(step, terminal->till().set_consent(shown.member, step.text("purpose"), kGranted, "v1"));
}

template <domain::IdentityKind kKind>
Status bind(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    const Status bound = terminal->till().bind_identity(shown.member, kKind, step.text("code"));
    if (bound) {
        TALLY_TRY(Person * person, step.person());
        person->codes.push_back(step.text("code"));
    }
    return done(step, bound);
}

Status note(Step& step) {
    TALLY_TRY(Terminal * terminal, at_till(step));
    TALLY_TRY(const Shown shown, show(step, *terminal, step.text("member")));
    return done(step, terminal->till().add_note(shown.member, step.text("text")));
}

}  // namespace

void add_people_statements(Table& statements) {
    statements.add({.pattern = "<member> registers at <terminal> {" + std::string(kFieldPattern) +
                               " | brought by <friend:member>}",
                    .says = "A registration. The name in the scenario is the member's name unless `name` says another; "
                            "a second registration of the same person that makes a second member takes another name "
                            "in the scenario. `brought by` names who referred her.",
                    .example = "Anna registers at T1 phone 13800138000 card A1001 birthday 1990-05-01",
                    .run = register_member,
                    .act = true});
    statements.add({.pattern = "edit <member> at <terminal> {" + std::string(kFieldPattern) + "}",
                    .says = "A change of what is known about her.",
                    .example = "edit Anna at T2 phone 13900139000 name \"Anna Li\"",
                    .run = edit,
                    .act = true});
    statements.add({.pattern = "give card <code:text> to <member> at <terminal>",
                    .says = "One more card that finds her.",
                    .example = "give card B2002 to Anna at T1",
                    .run = bind<domain::IdentityKind::kCard>,
                    .act = true});
    statements.add({.pattern = "give phone <code:text> to <member> at <terminal>",
                    .says = "One more phone that finds her.",
                    .example = "give phone 13700137000 to Anna at T1",
                    .run = bind<domain::IdentityKind::kPhone>,
                    .act = true});
    statements.add({.pattern = "<member> consents to <purpose:word> at <terminal>",
                    .says = "A consent given.",
                    .example = "Anna consents to marketing at T1",
                    .run = consent<true>,
                    .act = true});
    statements.add({.pattern = "<member> withdraws consent to <purpose:word> at <terminal>",
                    .says = "A consent withdrawn.",
                    .example = "Anna withdraws consent to marketing at T2",
                    .run = consent<false>,
                    .act = true});
    statements.add({.pattern = "note on <member> at <terminal>: <text>",
                    .says = "A note.",
                    .example = "note on Anna at T1: \"likes tea\"",
                    .run = note,
                    .act = true});
}

}  // namespace tally::scenario
