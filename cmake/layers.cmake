# tally_layer(<name> [LINKS ...] [PRIVATE_LINKS ...]): one static library of every .cpp in this folder but main.cpp.
# Folder = layer = target = namespace.
function(tally_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "main\\.cpp$")
  set(visibility PUBLIC)
  if(sources)
    add_library(tally_${name} STATIC ${sources})
  else()
    message(WARNING "layer ${name} has no sources")
    add_library(tally_${name} INTERFACE)
    set(visibility INTERFACE)
  endif()
  target_include_directories(tally_${name} ${visibility} ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(tally_${name} ${visibility} ${ARG_LINKS})
  if(sources)
    target_link_libraries(tally_${name} PRIVATE ${ARG_PRIVATE_LINKS})
  endif()
endfunction()

# tally_program(<name> LINKS ...): an executable of this folder's main.cpp.
function(tally_program name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
    add_executable(${name} main.cpp)
    target_link_libraries(${name} PRIVATE ${ARG_LINKS})
    # A main.cpp only reads arguments, with a header that takes the optimiser half a minute.
    target_compile_options(${name} PRIVATE -O0)
  else()
    message(WARNING "program ${name} has no main.cpp")
  endif()
endfunction()

# tally_test(<name> [LINKS ...] [LABELS ...]): one doctest program of every .cpp in this folder, run by CTest as <name>.
function(tally_test name)
  cmake_parse_arguments(ARG "" "" "LINKS;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)  # the suites of packaging/test are labels: no test without one
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources} ${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cpp)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINKS})
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600
    ENVIRONMENT "TALLY_ROOT=${CMAKE_SOURCE_DIR};TALLY_BIN=${CMAKE_BINARY_DIR}/bin;ASAN_OPTIONS=detect_stack_use_after_return=1")
endfunction()
