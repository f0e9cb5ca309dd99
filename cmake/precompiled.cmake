# Headers that nearly every file reads, parsed once for the layers and once for the test programs: parsing them was more
# than half of a build. Sources go on including what they use (a build without, -DTALLY_PCH=OFF, must work too).
option(TALLY_PCH "Precompile the headers that nearly every file reads" ON)
if(TALLY_SANITIZE STREQUAL "fuzzer")  # clang; and so one build without is always made
  set(TALLY_PCH OFF)
endif()

# Test programs are compiled with -Og outside release: a quarter less work than -O1, and -O0 is more.
set(tally_test_options $<$<CONFIG:RelWithDebInfo>:-Og>)

set(tally_common_headers
  <algorithm> <array> <chrono> <cstdint> <cstring> <deque> <filesystem> <fstream> <functional> <map> <memory> <mutex>
  <optional> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)

# tally_precompiled(<owner> <fPIC or fPIE> <headers>...): GCC wants the same code model where it is made and where it is
# used, and a library is compiled as PIC, a program as PIE.
function(tally_precompiled owner model)
  file(WRITE ${CMAKE_BINARY_DIR}/${owner}.cpp "")
  add_library(${owner} STATIC EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/${owner}.cpp)
  set_target_properties(${owner} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${owner} PRIVATE -${model})
  target_precompile_headers(${owner} PRIVATE ${ARGN})
endfunction()

if(TALLY_PCH)
  # GCC 12 forgets that a header was the system's once it comes precompiled, and warns of std::string's insides, falsely.
  add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-array-bounds>)
  tally_precompiled(tally_headers fPIC ${tally_common_headers})
  tally_precompiled(tally_test_headers fPIE ${tally_common_headers} <doctest/doctest.h>)
  target_compile_options(tally_test_headers PRIVATE ${tally_test_options})
  target_compile_definitions(tally_test_headers PRIVATE DOCTEST_CONFIG_SUPER_FAST_ASSERTS)
endif()

# tally_use_precompiled(<target> <owner>)
function(tally_use_precompiled target owner)
  if(TALLY_PCH)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()
