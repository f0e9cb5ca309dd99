"""The house's rules as tables. A change here is a change of the architecture: say so in ARCHITECTURE.md."""

# layer folder -> (CMake target, layers it may use). A layer never uses one that stands below it here.
LAYERS = {
    "common/base": ("tally_base", ""),
    "common/domain": ("tally_domain", "common/base"),
    "common/crypto": ("tally_crypto", "common/base"),
    "common/wire": ("tally_wire", "common/base common/domain common/crypto"),
    "common/store": ("tally_store", "common/base common/domain common/crypto common/wire"),
    "common/replica": ("tally_replica", "common/base common/domain common/crypto common/wire common/store"),
    "sync": (None, "common/base"),  # tuning.h only
    "sync/transport": ("tally_transport", "common/base common/domain common/crypto common/wire sync"),
    "sync/session": ("tally_session", "common/base common/domain common/crypto common/wire sync"),
    "sync/agent": ("tally_agent", "common/base common/domain common/crypto common/wire common/store common/replica sync"
                                  " sync/transport sync/session"),
    "hq-server/intake": ("tally_intake", "common/base common/domain common/crypto common/wire"),
    "hq-server/storage": ("tally_storage", "common/base common/domain common/crypto common/wire common/store"
                                           " hq-server/intake"),
    "hq-server/net": ("tally_hqnet", "common/base common/domain common/crypto common/wire sync sync/transport"
                                     " sync/session hq-server/intake hq-server/storage"),
    "hq-server/admin": ("tally_admin", "common/base common/domain common/crypto common/wire common/store"
                                       " common/replica sync sync/transport sync/session hq-server/intake"
                                       " hq-server/storage hq-server/net"),
    "terminal/model": ("tally_model", "common/base common/domain"),
    "terminal/view": ("tally_view", "common/base common/domain terminal/model"),
    "terminal/app": ("tally_app", "common/base common/domain common/crypto common/wire common/store common/replica"
                                  " sync sync/transport sync/session sync/agent terminal/model terminal/view"),
}

# header pattern -> where it may be included, as patterns over the including file. Tests may include anything.
HOMES = [
    (r"sqlite3(ext)?\.h", [r"common/store/"]),
    (r"google/protobuf/.*|.*\.pb\.h", [r"common/wire/"]),
    (r"imgui.*|imstb.*|misc/(freetype|cpp)/.*", [r"terminal/view/", r"terminal/app/"]),
    (r"ft2build\.h|freetype/.*", [r"terminal/view/"]),
    (r"GLFW/.*|GL/.*", [r"terminal/app/[^/]*\.cpp$"]),
    (r"boost/asio\.hpp", []),  # the whole of Asio in one header costs every includer eight seconds
    (r"boost/.*", [r"sync/transport/", r"sync/agent/", r"hq-server/net/"]),
    (r"openssl/.*", [r"sync/transport/(tls|certificate)[^/]*$", r"common/store/aes256_ocb\.cpp$"]),
    (r"sodium(/.*)?\.h", [r"common/crypto/", r"common/store/"]),
    (r"cctz/.*|csv\.h", [r"common/base/"]),
    (r"spdlog/.*", [r"common/base/log\."]),
    (r"CLI/.*", [r"(.*/)?main\.cpp$", r"hq-server/admin/", r"terminal/app/[^/]*_cli\.(h|cpp)$"]),
    (r"toml\+\+/.*", [r"sync/agent/settings", r"terminal/app/"]),
    (r"nlohmann/.*", [r"terminal/app/dump\.cpp$", r"common/wire/programme_json_read\.cpp$",
                     r"hq-server/admin/(simulate_report|why)\.cpp$", r"tests/scenario/runner/programme_text\.cpp$"]),
    (r"doctest/.*", []),
]
ONE_FILE = [r"GLFW/.*"]  # included by one file of the product only

# library as CMakeLists.txt writes it -> layers that may link it
LIBRARY_HOMES = {
    "PkgConfig::SQLITE": "common/store", "protobuf::libprotobuf": "common/wire", "PkgConfig::IMGUI": "terminal/view",
    "PkgConfig::FREETYPE": "terminal/view", "glfw": "terminal/app", "OpenGL::GL": "terminal/app",
    "Boost::headers": "sync/transport sync/agent hq-server/net", "OpenSSL::SSL": "sync/transport",
    "OpenSSL::Crypto": "sync/transport common/store", "PkgConfig::SODIUM": "common/crypto common/store",
    "${CCTZ_LIBRARY}": "common/base", "${CSV_LIBRARY}": "common/base", "spdlog::spdlog": "common/base",
    "PkgConfig::TOMLPP": "sync/agent terminal/app", "CLI11::CLI11": "hq-server/admin terminal/app",
}

# What reads the world behind the seams' back: pattern -> files that may.
SEAMS = [
    (r"system_clock::now|gettimeofday|CLOCK_REALTIME|\bstd::time\(|[^\w.:>]time\((nullptr|NULL|0)\)",
     [r"common/base/clock\.cpp$"]),
    (r"std::random_device|std::mt19937|\brandom\(\)|[^\w.:>]s?rand\(", []),
]

LINES_MAX = 400
# Words that mark an unfinished part, and folders of one machine; taken apart so that this file passes its own rule.
MARKS = r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"
MACHINE_PATHS = r"(?<![\w./$}~-])/(wo" r"rk|ro" r"ot|tm" r"p(?!/\.X)|ho" r"me|mn" r"t|Us" r"ers)(/|\b)"  # X11's sockets may
