// Enrolment: a device that headquarters does not know shows a one-time ticket and is told which terminal it is. One
// connection, one question, one answer; blocks the calling thread. Not the running agent (agent.h).
#pragma once

#include "common/base/clock.h"
#include "common/replica/replica.h"
#include "common/store/keys.h"
#include "common/wire/ticket.h"
#include "sync/tuning.h"

namespace tally::agent {

struct EnrolOptions {
    std::string software = "tallystick";
    std::int64_t connect_ms = tuning::kConnect_ms;
    std::int64_t answer_ms = tuning::kHello_ms;
};

// The ticket in the file `where`, or on standard input when it is "-". kInvalid: `where` is a ticket's own text (what
// is an argument can be read by every user of the machine), or what the file holds is none; kNotFound. Repeats nothing
// of the secret, nor of `where`.
Result<wire::Ticket> read_ticket(const std::string& where);

// Asks headquarters. kRefused: headquarters' sentence (ticket used, over, unknown ...) or another key at its address;
// kNewer: no common version; kIo: no line.
Result<replica::Enrolment> ask_enrolment(const wire::Ticket& ticket, const crypto::Device& device,
                                         const EnrolOptions& options = {});

// The same for a replica, and keeps the answer in it. One that headquarters has revoked is enrolled anew, as the same
// terminal with the same log, and what it had not sent goes up with the next connection. kExists: enrolled already and
// not revoked, nothing was asked; kRefused also: the ticket is of another headquarters than this replica's.
Result<replica::Enrolment> enrol(replica::Replica& replica, const wire::Ticket& ticket,
                                 const EnrolOptions& options = {});

// The folder's replica, made when there is none yet or its making was cut short: enrolling is the first thing a new
// terminal does. A key file that is missing then is made too. The folder exists.
Result<replica::Replica> open_or_create(const std::string& dir, const store::Unlock& unlock);

// The data key of the terminal in a folder. kNotFound: there is none, and the words say what makes one; else the errors
// of store::unlock_keys, with the database that they are about.
Result<crypto::Secret> unlock_terminal(const std::string& dir, const store::Unlock& unlock);

// Adds headquarters' recovery slot, unless there is one or headquarters named no recovery key.
Status ensure_recovery_slot(const std::string& dir, const store::Unlock& unlock, const replica::Enrolment& enrolment);

}  // namespace tally::agent
