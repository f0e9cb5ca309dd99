option(TALLY_TESTS "Build the tests and the lab" ON)
set(TALLY_SANITIZE "" CACHE STRING "Sanitizers to build with: empty, address, thread or fuzzer")

add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror=unused-result
                    -Werror=return-type -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fcoroutines>)
endif()

if(TALLY_SANITIZE STREQUAL "address")
  # Without the checks of pointers that the address sanitizer or the processor catches as well: they double the compile.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=null,vptr,object-size -fno-omit-frame-pointer
                      -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=address,undefined)
elseif(TALLY_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread -fno-omit-frame-pointer)
  add_link_options(-fsanitize=thread)
elseif(TALLY_SANITIZE STREQUAL "fuzzer")
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

find_program(TALLY_CCACHE ccache)
if(TALLY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Sloppy about the times of headers and the macros of a precompiled one; without it ccache passes all its users over.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${TALLY_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${TALLY_CCACHE})
endif()
