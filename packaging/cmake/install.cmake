# What lies where once installed, by package (component): preemptd, and dev for the client library.
# A room that installs a program says COMPONENT only where it is not preemptd.
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME preemptd)
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)  # packing builds nothing by itself: package.sh says what is built

# What others may write to is refused as a hook. So no mode comes from the checkout or the umask.
set(only_owner_writes OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${only_owner_writes} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)

set(PREEMPTD_SYSTEMD_DIR lib/systemd/system CACHE PATH "Where systemd units go, below the prefix")
set(packaging ${CMAKE_SOURCE_DIR}/packaging)

install(FILES
          ${packaging}/systemd/preemptd.service ${packaging}/systemd/preemptd-drain.path
          ${packaging}/systemd/preemptd-drain.service ${packaging}/systemd/preemptd-shutdown.service
        DESTINATION ${PREEMPTD_SYSTEMD_DIR})
install(PROGRAMS ${packaging}/systemd/finish-drain DESTINATION lib/preemptd)
install(FILES ${packaging}/systemd/preemptd.sysusers.conf DESTINATION lib/sysusers.d RENAME preemptd.conf)
install(FILES ${packaging}/systemd/preemptd.tmpfiles.conf DESTINATION lib/tmpfiles.d RENAME preemptd.conf)

if(EXISTS ${packaging}/preemptd.toml)
  install(FILES ${packaging}/preemptd.toml DESTINATION /etc/preemptd)
endif()
install(DIRECTORY DESTINATION /etc/preemptd/conf.d)
install(DIRECTORY DESTINATION /etc/preemptd/hooks.d)
install(DIRECTORY DESTINATION /etc/preemptd/hooks.conf.d)
install(DIRECTORY DESTINATION lib/preemptd/hooks.d)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/hooks/ DESTINATION ${CMAKE_INSTALL_DATADIR}/preemptd/hooks
        FILE_PERMISSIONS ${only_owner_writes} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE
        REGEX "/hooks/([^/]*\\.(sh|md)|conf/[^/]*)$" PERMISSIONS ${only_owner_writes})

# What an operator reads without a network; links between pages, schemas, alert rules and dashboard stay as they are.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/preemptd FILE_PERMISSIONS ${only_owner_writes}
        FILES_MATCHING REGEX "\\.(md|json|yml|svg|png)$")
install(FILES ${CMAKE_SOURCE_DIR}/CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/preemptd)

install(FILES ${packaging}/debian/lintian-overrides DESTINATION ${CMAKE_INSTALL_DATADIR}/lintian/overrides RENAME preemptd)

execute_process(COMMAND gzip -9nc ${packaging}/debian/changelog OUTPUT_FILE ${CMAKE_BINARY_DIR}/changelog.gz)
foreach(package preemptd libpreemptd-ecs-dev)
  string(REGEX REPLACE ".*-dev$" "dev" component ${package})
  install(FILES ${CMAKE_BINARY_DIR}/changelog.gz ${packaging}/debian/copyright
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component})
endforeach()
