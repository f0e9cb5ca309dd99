// AES-256-OCB as a page cipher: answers of an implementation of its own (ocb_cases.py, checked there against RFC
// 7253's), and what is not authentic.
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "common/store/page_cipher.h"
#include "common/store/salvage.h"
#include "tests/support/child.h"
#include "tests/unit/store/fixture.h"

using namespace tally;
using namespace tally::store;
using namespace tally::store::test;

namespace {

struct Case {
    const char *key, *nonce, *bound, *plain, *ciphertext, *tag;
};

constexpr Case kCases[] = {
    {"fc39b4f98030d991eac8428130afea3c19115fa0da557662aedf13ab9b36fb9d", "0cfe440951bbf90f4e15c5a0bb0163",
     "518ddecd87837a042b", "6f", "81", "dfbc1b7ab49b06bbff7d8d29985f6e2d"},
    {"f595767fe2dcc1b705ff027e644c123adebca6a1a30bbd5ce2d8964c170f0866", "d09b3f8705dcf242cfe9bbf0a320b1",
     "9b583cb411da4ccee03c778478", "2c0627e8778d6648b8e42a56f1fc3023", "b2a6fd4c8f29cb6ee163e95c58b3a1f4",
     "8ef1d1c584abe383d300515c2cb50bc4"},
    {"9d36cbddb3f96be30a55246490c9acc14945cc84c2a165f04d45785ea2b9d99a", "ed9e2eb1b730a7f662f6ba6f653599",
     "54a67739afc2c2c580a12ea27880f08d",
     "97173a476e462c95e7531e383b4a19f34567007f383afada5e244836e7b698c48dba589b192e5a67",
     "690ed339493005d17b76525020271a51545e0e62070601d666aa6a2866cdff93023d268a198777dc",
     "4aac5d53b430381f83a669f52acbefa4"},
    {"dac3324385f957abd0a4690fefcbf9191b6923731a7fb8c1904a2958145e3675", "5e87ea2f2837b72e8ef6ab8d261e4c",
     "097791c25b0b3eac3ce55eeaf9dccc64c78bc443db4f312fa236bf8970c4279152d1c520ba",
     "b587a36cc7fea3fbdfba1393724301fec947d037b2715773fd5334152eba8092e23f8fda604cec56a65d7f527ee60068"
     "45204322ee95fbb3892f5975bfa4da9859020190c70064dab978dc5cf4f6d9b6dd97a4cb00dfe7db9c324a5e665b016a"
     "d292d4ea",
     "3664c15b26c7c6b517b194f81b76e5cc807d23455b508c0074de5134ddb4bb44ef50d9aa700e5934d8b7b50d2f9ce5f3"
     "830df294ec0a539bf660efe57b3f691d68ed06373818d6cfca8ece26f914654313ca7111b802b0361a82d71486d7a155"
     "2628a841",
     "e95b20087fdf8e023f422e2cb42ac0db"},
    {"1730100454b559663af65b36b4bf026f358f6fae19e87029521c96239c775d47", "aa5dca6bda9163185e8f0148d270c4",
     "243300a3faab1e1f2e294d61695fe02e7ac7e5f6e553077d2c64a5e9e02992487a4381351b007bd9339821dfbb5b7a77"
     "9c7d94b34d09e33cb8e054f0aa18c32b",
     "a38302bf47b30967942ff827499ad92e2932d4fedea92a23e77d23904f71987a99f845d6e5d889a9ad551b5280204b14"
     "5ec6df1dea2dd1a80909459e3366cb6d9f340cf7097ce347638bd313dfe11639e2c7f149a4f70e16f97f521e22e09663"
     "1b82573e817527378be01ac5b8898a967a8c42760c478b3770b9cbf017aaecb2b52deff7658c205970b41ca75934329c"
     "9f1bfcf8c6812dc30bbf4a2a66820fa45b30aa96aadadeae34c719dcaca2b2e12bf284ed0b3650681182c2ed5c7c84b5"
     "234646a5c367230e2f13d83af12f987b48bd4dd84739425050dd8ee8207183f9bbd9b7a89c09a5114eaf88d648373b9e"
     "792bba6c8e2e20a6d8c9496dfa9837b6",
     "ea78ac5ffbec133bc8ab2b32f2cb53e43d0d630eb7259ab355df9e33bdc088abc34963a9ac3bf828813f17263877ff5b"
     "703bd4dbc48675f28731a883daa01e251737659d7726d57284e1192caaf322e1c781e4d25df34b086db401e49b14610b"
     "3b4dc88a21738691fbf4b77ef8b0807559da9175cecf6cd41ccee1d46041f6b21b9f5a85871969561e48fa169329c596"
     "fa0fb52f158533e8bbf9b17ee4feb5eaf2125b455d4232560cfde142af40d06fca82b64d7c47055107b99a50c7607d51"
     "0bea5ccc3b90a051c6a3a06c5feed20919fcd5ed8e9d3252ff473a1cd101ab79b0c5173b7cbc828b9bf8d6f2c438dfc5"
     "6ee08122e5d04168f3e7af7c692a1300",
     "e90af34a84520bb587e86aa937c3150f"}};

Bytes unhex(const char* text) { return from_hex(text).value(); }

AssociatedData bound_to(const Bytes& bytes) {
    DatabaseId id;
    std::copy_n(bytes.begin() + 1, id.size(), id.begin());
    AssociatedData out(static_cast<PageKind>(bytes[0]), id);
    return out.add(ByteView(bytes).subspan(9));
}

Bytes sealed_of(const Case& one) {
    Bytes out = unhex(one.ciphertext);
    const Bytes nonce = unhex(one.nonce), tag = unhex(one.tag);
    out.insert(out.end(), nonce.begin(), nonce.end());
    out.resize(out.size() + kNonceBytes - nonce.size());
    out.insert(out.end(), tag.begin(), tag.end());
    return out;
}

}  // namespace

TEST_CASE("AES-256-OCB: opens the answers of an independent implementation, and nothing with one bit changed") {
    for (const Case& one : kCases) {
        const Bytes key = unhex(one.key), plain = unhex(one.plain), sealed = sealed_of(one);
        CAPTURE(plain.size());
        const PageCipher cipher(ByteView(key), kCipherAes256Ocb);
        const AssociatedData bound = bound_to(unhex(one.bound));
        Bytes out(plain.size());
        CHECK(cipher.open(out.data(), sealed.data(), plain.size(), bound));
        CHECK(out == plain);
        for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
            Bytes wrong = sealed;
            wrong[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
            if (cipher.open(out.data(), wrong.data(), plain.size(), bound)) FAIL_CHECK("bit " << bit);
            if (!all_zero(out.data(), out.size()) && out != plain)
                FAIL_CHECK("bytes that are not authentic were served");
        }
    }
}

TEST_CASE("AES-256-OCB: what one object seals another opens, page after page, in any order") {
    const Bytes key(32, 7);
    const PageCipher one(ByteView(key), kCipherAes256Ocb);
    const PageCipher other(ByteView(key), kCipherAes256Ocb);
    std::vector<Bytes> pages;
    for (std::uint32_t page = 0; page < 50; ++page) {
        const Bytes plain(kPlainBytes, static_cast<std::uint8_t>(page));
        Bytes sealed(kPageBytes);
        one.seal(sealed.data(), plain.data(), plain.size(), AssociatedData(PageKind::kMain, {}).add(page));
        CHECK(all_zero(sealed.data() + kPlainBytes + 15, 9));
        pages.push_back(std::move(sealed));
    }
    for (std::uint32_t page = 50; page-- > 0;) {
        Bytes out(kPlainBytes);
        const AssociatedData bound = AssociatedData(PageKind::kMain, {}).add(page);
        REQUIRE(other.open(out.data(), pages[page].data(), out.size(), bound));
        CHECK(out == Bytes(kPlainBytes, static_cast<std::uint8_t>(page)));
        CHECK_FALSE(other.open(out.data(), pages[(page + 1) % 50].data(), out.size(), bound));
    }
}

TEST_CASE("AES-256-OCB: a database of each cipher opens by what its file says") {
    const Folder folder;
    const crypto::Secret key = crypto::Secret::random(32);
    for (const CipherKind& kind : all_ciphers()) {
        CAPTURE(kind.name);
        const std::string path = folder.file(std::to_string(kind.id) + ".db");
        OpenOptions options;
        options.create = true;
        options.cipher = kind.id;
        {
            Result<Db> db = Db::open(path, key, options);
            REQUIRE_OK(db);
            REQUIRE_OK(db->exec("CREATE TABLE t(a); INSERT INTO t VALUES(41 + 1)"));
        }
        CHECK(read_all(path)[kCipherAt] == kind.id);
        Result<Db> again = Db::open(path, key, OpenOptions{});
        REQUIRE_OK(again);
        CHECK(again->query_int64("SELECT a FROM t").value() == 42);
        REQUIRE_OK(again->check_pages());
    }
}

// Run by the next one, in a process whose OpenSSL offers only approved ciphers.
TEST_CASE("AES-256-OCB: child without it" * doctest::skip()) {
    const char* path = std::getenv("TALLY_OCB_FILE");
    REQUIRE(path != nullptr);
    const CipherKind* ocb = find_cipher(kCipherAes256Ocb);
    REQUIRE(ocb != nullptr);
    REQUIRE_FALSE(ocb->is_here());
    CHECK(cipher_of_new_files() == kCipherXChaCha20Poly1305);
    const Result<Db> old = Db::open(path, test_key(), OpenOptions{});
    REQUIRE_FALSE(old.has_value());
    CHECK(old.error().code == Code::kRefused);
    CHECK_MESSAGE(old.error().detail.find("AES-256-OCB") != std::string::npos, old.error().detail);
    CHECK(salvage_rows(path, test_key(), [](std::int64_t, std::span<const SalvagedCell>) {}).error().code ==
          Code::kRefused);
    OpenOptions made;
    made.create = true;
    made.cipher = kCipherAes256Ocb;
    CHECK(Db::open(std::string(path) + ".ocb", test_key(), made).error().code == Code::kRefused);
    Db fresh = must_open(std::string(path) + ".new");
    fill(fresh, 3);
    CHECK(read_all(std::string(path) + ".new")[kCipherAt] == kCipherXChaCha20Poly1305);
}

TEST_CASE("AES-256-OCB: where OpenSSL does not offer it, old files are refused in words and new ones take the other") {
    const Folder folder;
    const std::string path = folder.file("old.db"), settings = folder.file("openssl.cnf");
    {
        OpenOptions options;
        options.create = true;
        options.cipher = kCipherAes256Ocb;
        Result<Db> db = Db::open(path, test_key(), options);
        REQUIRE_OK(db);
        REQUIRE_OK(db->exec("CREATE TABLE t(a); INSERT INTO t VALUES(1)"));
    }
    std::ofstream(settings) << "openssl_conf = all\n[all]\nalg_section = ciphers\n[ciphers]\n"
                               "default_properties = fips=yes\n";
    const int code = support::in_child([&] {
        ::setenv("OPENSSL_CONF", settings.c_str(), 1);
        ::setenv("TALLY_OCB_FILE", path.c_str(), 1);
        ::execl("/proc/self/exe", "test_store", "--test-case=AES-256-OCB: child without it", "--no-skip", nullptr);
        return 99;
    });
    CHECK(code == 0);
}
