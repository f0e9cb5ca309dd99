#include "sync/transport/lookup.h"

#include <netdb.h>

#include <atomic>
#include <boost/asio/post.hpp>
#include <system_error>
#include <thread>

#include "sync/tuning.h"

namespace tally::transport {

namespace {

std::atomic<int> lookups_under_way{0};

struct FreeList {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

}  // namespace

Result<std::vector<std::string>> look_up_by_system(const std::string& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int failed = ::getaddrinfo(host.c_str(), nullptr, &hints, &raw);
    const std::unique_ptr<addrinfo, FreeList> list(raw);
    if (failed) return fail(Code::kIo, ::gai_strerror(failed));
    std::vector<std::string> addresses;
    for (const addrinfo* entry = list.get(); entry; entry = entry->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
            addresses.emplace_back(text);
    }
    return addresses;
}

std::shared_ptr<Lookup> Lookup::start(boost::asio::io_context& io, LookUp look_up, std::string host, Found found) {
    auto lookup = std::make_shared<Lookup>();
    lookup->io_ = &io;
    lookup->found_ = std::move(found);
    if (lookups_under_way.fetch_add(1) >= tuning::kLookupsMax) {
        --lookups_under_way;
        lookup->deliver(fail(Code::kBusy, "the name server has not answered " + std::to_string(tuning::kLookupsMax) +
                                              " earlier questions"));
        return lookup;
    }
    try {
        std::thread([lookup, look_up = std::move(look_up), host = std::move(host)]() mutable {
            lookup->deliver(look_up(host));
            --lookups_under_way;
        }).detach();
    } catch (const std::system_error& error) {
        --lookups_under_way;
        lookup->deliver(fail(Code::kIo, std::string("no thread to look the name up: ") + error.what()));
    }
    return lookup;
}

// The io_context lives while io_ is set: abandon() waits for the mutex.
void Lookup::deliver(Result<std::vector<std::string>> addresses) {
    const std::lock_guard lock(mutex_);
    if (!io_) return;
    boost::asio::post(*io_, [self = shared_from_this(), addresses = std::move(addresses)]() mutable {
        if (const Found found = self->take()) found(std::move(addresses));
    });
}

Lookup::Found Lookup::take() {
    const std::lock_guard lock(mutex_);
    io_ = nullptr;
    return std::exchange(found_, nullptr);
}

void Lookup::abandon() { take(); }

}  // namespace tally::transport
