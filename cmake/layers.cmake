# tally_layer(<name> [LINKS ...] [PRIVATE_LINKS ...]): one static library of every .cpp in this folder.
# Folder = layer = target = namespace.
function(tally_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS;PRIVATE_LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "main\\.cpp$")
  add_library(tally_${name} STATIC ${sources})
  set_target_properties(tally_${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_include_directories(tally_${name} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(tally_${name} PUBLIC ${ARG_LINKS} PRIVATE ${ARG_PRIVATE_LINKS})
endfunction()

# tally_test(<name> [LINKS ...] [LABELS ...]): one doctest program of every .cpp in this folder, run by CTest as <name>.
function(tally_test name)
  cmake_parse_arguments(ARG "" "" "LINKS;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_executable(test_${name} ${sources} ${CMAKE_SOURCE_DIR}/tests/support/doctest_main.cpp)
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(test_${name} PRIVATE ${ARG_LINKS})
  add_test(NAME ${name} COMMAND test_${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600
    ENVIRONMENT "TALLY_BIN=${CMAKE_BINARY_DIR}/bin;ASAN_OPTIONS=detect_stack_use_after_return=1")
endfunction()
