# The client library for programs that are not preemptd: find_package(preemptd-ecs), target preemptd::ecs.
include(CMakePackageConfigHelpers)
set(library_rooms core http metadata ecs)
set(library_cmake ${CMAKE_INSTALL_LIBDIR}/cmake/preemptd-ecs)

foreach(room IN LISTS library_rooms)
  target_include_directories(${room} PUBLIC $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_compile_features(${room} PUBLIC cxx_std_20)
endforeach()
set(public_include ${CMAKE_CURRENT_BINARY_DIR}/public)
install(CODE "set(FOLDER \"${CMAKE_SOURCE_DIR}/agent\")
set(OUTPUT \"${public_include}\")
include(\"${CMAKE_CURRENT_LIST_DIR}/public_headers.cmake\")" COMPONENT dev)
install(DIRECTORY ${public_include}/preemptd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)
install(TARGETS ${library_rooms} EXPORT preemptd-ecs ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev)
install(EXPORT preemptd-ecs NAMESPACE preemptd:: DESTINATION ${library_cmake} COMPONENT dev)

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/preemptd-ecs-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/preemptd-ecs-config.cmake INSTALL_DESTINATION ${library_cmake})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/preemptd-ecs-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/preemptd-ecs-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/preemptd-ecs-config-version.cmake
        DESTINATION ${library_cmake} COMPONENT dev)
