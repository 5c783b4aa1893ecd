# Third-party and standard headers that nearly every file reads, parsed once a build. Off by default: without them the
# compiler also proves that each file includes what it uses.
option(PREEMPTD_PCH "Precompile third-party headers" OFF)
set(PREEMPTD_PCH_HEADERS <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view> <variant> <vector>
    <nlohmann/json.hpp> <tl/expected.hpp>)

option(PREEMPTD_UNIT_TESTS_ON_DEMAND "Build unit tests by the target tests_unit only, not with all" OFF)

# Single files stay out by SKIP_UNITY_BUILD_INCLUSION.
# By folders, not by numbers: a new file must not change which other files share a piece, and with it their private names.
option(PREEMPTD_UNITY "Compile each folder of a room in one piece: a sanitizer's build in half the time" OFF)

# A room is one static library of every .cpp file in its folder and sub-folders but main.cpp; SOURCES adds generated ones.
# What it may use is exactly its USES list; tests/rooms.sh checks the includes against it.
#   preemptd_room(drain USES core sys LIBRARIES CURL::libcurl …)
function(preemptd_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;USES;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/main.cpp)
  add_library(${name} STATIC ${sources} ${ROOM_SOURCES})
  add_library(preemptd::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/agent>)
  foreach(used IN LISTS ROOM_USES)
    target_link_libraries(${name} PUBLIC preemptd::${used})
  endforeach()
  target_link_libraries(${name} PUBLIC ${ROOM_LIBRARIES})
  set_property(TARGET ${name} PROPERTY OUTPUT_NAME preemptd-${name})
  if(PREEMPTD_UNITY)
    set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    foreach(source IN LISTS sources)
      cmake_path(GET source PARENT_PATH folder)
      cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR})
      string(MAKE_C_IDENTIFIER "${folder}" folder)
      set_property(SOURCE ${source} PROPERTY UNITY_GROUP ${folder})
    endforeach()
    target_compile_options(${name} PRIVATE -Wno-subobject-linkage)  # true of a file that is compiled by itself
  endif()
  if(PREEMPTD_PCH AND name STREQUAL "core")
    target_precompile_headers(core PRIVATE ${PREEMPTD_PCH_HEADERS})
  elseif(PREEMPTD_PCH)
    target_precompile_headers(${name} REUSE_FROM core)
  endif()
endfunction()

# One program of tests, run as one ctest entry and built by the target tests_LABEL. It exits 77 when it cannot run here.
# LABEL: unit, process, sim, e2e, system, interop, fuzz, bench.
# Without SOURCES it is made of every .cpp file in its folder and sub-folders.
#   preemptd_test(core_test LABEL unit SOURCES core/utc_test.cpp … USES core LIBRARIES …)
function(preemptd_test name)
  cmake_parse_arguments(TEST "" "LABEL" "SOURCES;USES;LIBRARIES" ${ARGN})
  if(NOT TEST_SOURCES)
    file(GLOB_RECURSE TEST_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  endif()
  add_executable(${name} ${TEST_SOURCES})
  foreach(used IN LISTS TEST_USES)
    target_link_libraries(${name} PRIVATE preemptd::${used})
  endforeach()
  target_link_libraries(${name} PRIVATE preemptd_test_main ${TEST_LIBRARIES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  # A test names the members it is about; the others have their defaults.
  target_compile_options(${name} PRIVATE -Wno-missing-field-initializers)
  target_compile_definitions(${name} PRIVATE PREEMPTD_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
  if(PREEMPTD_PCH)
    target_precompile_headers(${name} REUSE_FROM preemptd_test_pch)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS ${TEST_LABEL} TIMEOUT 300 SKIP_RETURN_CODE 77)
  if(NOT TARGET tests_${TEST_LABEL})
    add_custom_target(tests_${TEST_LABEL})
  endif()
  add_dependencies(tests_${TEST_LABEL} ${name})
  if(PREEMPTD_UNIT_TESTS_ON_DEMAND AND TEST_LABEL STREQUAL "unit")
    set_property(TARGET ${name} PROPERTY EXCLUDE_FROM_ALL ON)
  endif()
endfunction()
