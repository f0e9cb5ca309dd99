// The books of production: intake over a ledger store. Opens, asks, and does what is due at the change of the day.
#pragma once

#include "hq-server/net/server.h"

namespace tally::hqnet {

// `hq` outlives the books.
OpenBooks books_of_ledger(Server::OpenLedger open, const crypto::Device& hq);

}  // namespace tally::hqnet
