// The ones who should not get in, and the places where nobody answers.
#include <doctest/doctest.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <thread>

#include "common/base/random.h"
#include "world.h"

using namespace tally;
using namespace tally::transport;
using namespace tally::transport::test;

namespace {

// A TLS client of OpenSSL's own making, run beside the loop in a thread.
struct RawTls {
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    bool connected = false;  // SSL_connect succeeded (TLS 1.3 clients see that before the server has looked at them)
    bool resumable = false;
    int read_result = 1;  // of one SSL_read after it

    ~RawTls() { SSL_CTX_free(context); }
    void present(EVP_PKEY* key, const EVP_MD* digest) {
        X509* certificate = X509_new();
        ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
        X509_gmtime_adj(X509_getm_notAfter(certificate), 1000);
        X509_set_pubkey(certificate, key);
        REQUIRE(X509_sign(certificate, key, digest) > 0);
        REQUIRE(SSL_CTX_use_certificate(context, certificate) == 1);
        REQUIRE(SSL_CTX_use_PrivateKey(context, key) == 1);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }
    void go(std::uint16_t port) {
        RawSocket socket;
        socket.connect_to(port);
        SSL* ssl = SSL_new(context);
        SSL_set_fd(ssl, socket.fd());
        connected = SSL_connect(ssl) == 1;
        char byte = 0;
        if (connected) {
            SSL_write(ssl, "x", 1);
            read_result = SSL_read(ssl, &byte, 1);
            SSL_SESSION* session = SSL_get1_session(ssl);
            resumable = session && SSL_SESSION_is_resumable(session);
            SSL_SESSION_free(session);
        }
        SSL_free(ssl);
    }
};

void run_beside(World& world, RawTls& client) {
    const std::uint16_t port = world.listener->port();
    std::thread thread([&] {
        client.go(port);
        world.loop->stop();
    });
    world.run();
    thread.join();
}

std::shared_ptr<Script> dial_at(World& world, const Endpoint& endpoint, std::int64_t timeout_ms) {
    auto script = std::make_shared<Script>();
    script->closed = [&](Script&) { world.loop->stop(); };
    connect(*world.loop, endpoint, world.till, world.hq.public_key(), timeout_ms, script);
    return script;
}

}  // namespace

TEST_CASE("pin: with a wrong one the client stops before any byte of the application, and says which keys differ") {
    World world;
    world.listen();
    const crypto::Device other = crypto::Device::create();
    auto script = std::make_shared<Script>();
    auto link = connect(*world.loop, world.endpoint(), world.till, other.public_key(), 30'000, script);
    CHECK(link->send(Bytes(100, 0x55)));  // waits for on_open, which never comes
    world.stop_when([&] { return script->cause && world.listener->stats().handshakes_failed == 1; });
    world.run();
    CHECK(!script->was_open);
    CHECK(script->cause == Cause::kWrongPin);
    CHECK(script->error.code == Code::kRefused);
    CHECK(script->error.detail.find(world.hq.public_key().hex().substr(0, 16)) != std::string::npos);
    CHECK(script->error.detail.find(other.public_key().hex().substr(0, 16)) != std::string::npos);
    CHECK(world.server_side.empty());
    CHECK(world.listener->stats().opened == 0);
}

TEST_CASE("connect: nobody listens there") {
    World world;
    RawSocket bound;
    auto client = dial_at(world, {"127.0.0.1", bound.bind_only()}, 30'000);
    world.run();
    CHECK(client->cause == Cause::kRefused);
    CHECK(client->error.code == Code::kIo);
    CHECK(client->error.detail.find("127.0.0.1:") != std::string::npos);
}

TEST_CASE("connect: a name that does not exist is unreachable") {
    World world;
    auto client = dial_at(world, {"tally-hq.invalid", 7070}, 30'000);
    world.run();
    CHECK((client->cause == Cause::kUnreachable || client->cause == Cause::kTimeout));
    CHECK(client->error.detail.find("tally-hq.invalid:7070") != std::string::npos);
}

TEST_CASE("connect: a name that resolves works like an address") {
    World world;
    world.listen();
    auto client = std::make_shared<Script>();
    client->opened = [&](Script&) { world.loop->stop(); };
    client->closed = [&](Script&) { world.loop->stop(); };
    connect(*world.loop, {"localhost", world.listener->port()}, world.till, world.hq.public_key(), 30'000, client);
    world.run();
    CHECK(client->was_open);
}

TEST_CASE("connect: one that accepts and never answers ends in a timeout that names the phase") {
    World world;
    RawSocket silent;
    auto client = dial_at(world, {"127.0.0.1", silent.listen_only()}, 50);
    world.run();
    CHECK(client->cause == Cause::kTimeout);
    CHECK(client->error.detail.find("TLS handshake") != std::string::npos);
}

TEST_CASE("connect: a link aborted before it opens tells once and stays closed") {
    World world;
    world.listen();
    auto script = std::make_shared<Script>();
    auto link = connect(*world.loop, world.endpoint(), world.till, world.hq.public_key(), 30'000, script);
    link->abort();
    link->abort();
    link->close();
    CHECK(script->closed_count == 0);  // never from inside the call
    world.loop->after(20, [&] { world.loop->stop(); });
    world.run();
    CHECK(script->closed_count == 1);
    CHECK(!script->was_open);
}

TEST_CASE("listener: one that connects and says nothing is dropped, and others are served meanwhile") {
    World world;
    ListenOptions options;
    options.handshake_ms = 50;
    world.listen(options);
    RawSocket silent;
    silent.connect_to(world.listener->port());
    auto client = world.dial();
    world.stop_when([&] { return world.listener->stats().handshakes_failed == 1 && client->was_open; });
    world.run();
    CHECK(world.listener->stats().links == 1);
}

TEST_CASE("listener: garbage instead of TLS is dropped, and the next good client is served") {
    World world;
    world.listen();
    SeededRandom random(99);
    Bytes garbage(3000);
    random.fill(garbage);
    Bytes almost = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01,
                    0x00, 0x01, 0xfc, 0x03, 0x03};  // the beginning of a ClientHello
    almost.resize(600, 0xff);
    std::vector<std::unique_ptr<RawSocket>> sockets;
    for (const Bytes& bytes :
         {garbage, almost, Bytes(view_of("GET / HTTP/1.1\r\n\r\n").begin(), view_of("GET / HTTP/1.1\r\n\r\n").end())}) {
        sockets.push_back(std::make_unique<RawSocket>());
        sockets.back()->connect_to(world.listener->port());
        sockets.back()->write_all(bytes);
    }
    std::shared_ptr<Script> good;
    world.stop_when([&] {
        if (world.listener->stats().handshakes_failed < 3) return false;
        if (!good) good = world.dial();
        return good->was_open;
    });
    world.run();
    CHECK(world.server_side.size() == 1);
}

TEST_CASE("listener: a TLS 1.2 client is refused") {
    World world;
    world.listen();
    RawTls client;
    SSL_CTX_set_max_proto_version(client.context, TLS1_2_VERSION);
    run_beside(world, client);
    CHECK(!client.connected);
    CHECK(world.server_side.empty());
    CHECK(world.listener->stats().opened == 0);
}

TEST_CASE("listener: a TLS 1.3 client without a certificate is refused") {
    World world;
    world.listen();
    RawTls client;
    run_beside(world, client);
    CHECK(client.read_result <= 0);
    CHECK(world.server_side.empty());
}

TEST_CASE("listener: a certificate of another kind of key is refused") {
    World world;
    world.listen();
    RawTls client;
    client.present(EVP_EC_gen("P-256"), EVP_sha256());
    run_beside(world, client);
    CHECK((!client.connected || client.read_result <= 0));
    CHECK(world.server_side.empty());
}

TEST_CASE("listener: a stranger with an Ed25519 key is let in as a stranger, and gets nothing to resume with") {
    World world;
    world.prepare = [](Script& script) {
        script.bytes = [](Script& self, ByteView) { CHECK(self.link->send(Bytes{1})); };
    };
    world.listen();
    RawTls client;
    client.present(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr);
    run_beside(world, client);
    CHECK(client.read_result == 1);
    CHECK(!client.resumable);
    CHECK(world.server_side.size() == 1);
}

TEST_CASE("listener: a taken port and a host that is no address are said plainly") {
    World world;
    world.listen();
    ListenOptions same;
    same.port = world.listener->port();
    const auto second = Listener::open(*world.loop, same, world.hq, nullptr);
    REQUIRE(!second);
    CHECK(second.error().code == Code::kBusy);
    ListenOptions nowhere;
    nowhere.host = "not an address";
    const auto third = Listener::open(*world.loop, nowhere, world.hq, nullptr);
    REQUIRE(!third);
    CHECK(third.error().code == Code::kInvalid);
}
