#include "common/wire/frame.h"

#include <doctest/doctest.h>

#include <cstdlib>

#include "common/base/random.h"

using namespace tally;
using wire::append_frame;
using wire::FrameReader;

namespace {

std::uint64_t test_seed() {
    const char* text = std::getenv("TALLY_SEED");
    return text ? std::strtoull(text, nullptr, 0) : 20261122;
}

Bytes random_bytes(Random& random, std::size_t size) {
    Bytes out(size);
    random.fill(out);
    return out;
}

Bytes header(std::uint32_t length) {
    return {std::uint8_t(length >> 24), std::uint8_t(length >> 16), std::uint8_t(length >> 8), std::uint8_t(length)};
}

}  // namespace

TEST_CASE("frame: the bytes are length big-endian, type, payload") {
    Bytes out;
    REQUIRE(append_frame(out, 7, view_of("abc")));
    CHECK(to_hex(out) == "0000000407616263");
}

TEST_CASE("frame: frames come out as they went in, fed whole, byte by byte, and in random pieces") {
    const std::uint64_t seed = test_seed();
    CAPTURE(seed);
    SeededRandom random(seed);
    for (int round = 0; round < 60; ++round) {
        std::vector<wire::Frame> sent;
        Bytes stream;
        for (std::uint64_t count = random.below(8); count-- > 0;) {
            wire::Frame frame{static_cast<std::uint8_t>(random.below(256)), random_bytes(random, random.below(300))};
            REQUIRE(append_frame(stream, frame.type, frame.payload));
            sent.push_back(std::move(frame));
        }
        FrameReader reader;
        std::vector<wire::Frame> received;
        for (std::size_t at = 0; at < stream.size();) {
            std::size_t take = round == 0 ? stream.size() : round % 3 == 0 ? 1 : 1 + random.below(40);
            take = std::min(take, stream.size() - at);
            REQUIRE(reader.feed(ByteView(stream).subspan(at, take)));
            at += take;
            if (random.below(3) == 0)  // frames may be fetched late
                while (auto frame = reader.next()) received.push_back(std::move(*frame));
        }
        while (auto frame = reader.next()) received.push_back(std::move(*frame));
        REQUIRE(received.size() == sent.size());
        for (std::size_t i = 0; i < sent.size(); ++i) {
            CHECK(received[i].type == sent[i].type);
            CHECK(received[i].payload == sent[i].payload);
        }
        CHECK(reader.partial_bytes() == 0);
    }
}

TEST_CASE("frame: an empty payload is a frame, a length of zero is damage") {
    FrameReader reader;
    Bytes stream;
    REQUIRE(append_frame(stream, 1, {}));
    REQUIRE(reader.feed(stream));
    REQUIRE(reader.next().has_value());
    const Status status = reader.feed(header(0));
    REQUIRE(!status);
    CHECK(status.error().code == Code::kDamaged);
    CHECK(status.error().detail.find("announces 0 bytes") != std::string::npos);
}

TEST_CASE("frame: hostile lengths are refused as soon as the length is read, and stay refused") {
    for (std::uint32_t length : {std::uint32_t{wire::kFrameBytesMax} + 1, 0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu}) {
        CAPTURE(length);
        FrameReader reader;
        const Bytes bytes = header(length);
        for (std::size_t i = 0; i < 3; ++i) REQUIRE(reader.feed(ByteView(bytes).subspan(i, 1)));
        const Status status = reader.feed(ByteView(bytes).subspan(3, 1));
        REQUIRE(!status);
        CHECK(status.error().code == Code::kDamaged);
        CHECK(status.error().detail.find(std::to_string(length)) != std::string::npos);
        CHECK(!reader.feed(view_of("more")));
        CHECK(!reader.next().has_value());
        CHECK(reader.partial_bytes() == 0);
    }
}

TEST_CASE("frame: a frame that was complete before the damage is still given") {
    FrameReader reader;
    Bytes stream;
    REQUIRE(append_frame(stream, 9, view_of("whole")));
    const Bytes bad = header(0xFFFFFFFF);
    stream.insert(stream.end(), bad.begin(), bad.end());
    CHECK(!reader.feed(stream));
    const auto frame = reader.next();
    REQUIRE(frame.has_value());
    CHECK(text_of(frame->payload) == "whole");
    CHECK(!reader.next().has_value());
}

TEST_CASE("frame: the maximum itself passes, one byte more does not, at either end") {
    Bytes stream;
    CHECK(append_frame(stream, 1, Bytes(wire::kFrameBytesMax - 1)));
    FrameReader reader;
    REQUIRE(reader.feed(stream));
    CHECK(reader.next()->payload.size() == wire::kFrameBytesMax - 1);
    Bytes none;
    const Status status = append_frame(none, 1, Bytes(wire::kFrameBytesMax));
    REQUIRE(!status);
    CHECK(status.error().code == Code::kOverflow);
    CHECK(none.empty());
}

TEST_CASE("frame: a stranger's maximum is small until it is raised") {
    FrameReader reader(wire::kFirstFrameBytesMax);
    CHECK(!FrameReader(reader).feed(header(wire::kFirstFrameBytesMax + 1)));
    REQUIRE(reader.set_frame_bytes_max(wire::kFrameBytesMax));
    CHECK(reader.feed(header(wire::kFirstFrameBytesMax + 1)));
}

TEST_CASE("frame: a cut inside a frame shows as partial bytes, and no frame comes of it") {
    Bytes stream;
    REQUIRE(append_frame(stream, 3, view_of("payload")));
    for (std::size_t cut = 1; cut < stream.size(); ++cut) {
        FrameReader reader;
        REQUIRE(reader.feed(ByteView(stream).first(cut)));
        CHECK(!reader.next().has_value());
        CHECK(reader.partial_bytes() == cut);
    }
}

TEST_CASE("frame: random bytes never give a frame above the maximum and never misbehave") {
    const std::uint64_t seed = test_seed();
    CAPTURE(seed);
    SeededRandom random(seed);
    for (int round = 0; round < 300; ++round) {
        FrameReader reader(512);
        for (int i = 0; i < 20; ++i) {
            Bytes noise = random_bytes(random, random.below(200));
            if (noise.size() > 2) noise[0] = noise[1] = 0;
            const bool ok = reader.feed(noise).has_value();
            while (auto frame = reader.next()) CHECK(frame->payload.size() < 512);
            if (!ok) break;
        }
    }
}
