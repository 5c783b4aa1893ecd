# CPack: preemptd and the client library as .deb and .rpm. packaging/package.sh is the way in; it sets SOURCE_DATE_EPOCH.
set(CPACK_PACKAGE_NAME preemptd)
set(CPACK_PACKAGE_VENDOR "preemptd developers")
set(CPACK_PACKAGE_CONTACT "preemptd developers <preemptd@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_INSTALL_PREFIX /usr)
# CPack knows no field for the repository; it writes what stands here line by line.
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "${PREEMPTD_HOMEPAGE}\nVcs-Browser: ${PREEMPTD_HOMEPAGE}\nVcs-Git: ${PREEMPTD_HOMEPAGE}.git")
set(CPACK_RPM_PACKAGE_URL "${PREEMPTD_HOMEPAGE}\nVCS: git:${PREEMPTD_HOMEPAGE}.git")
set(CPACK_SET_DESTDIR ON)  # the settings go to /etc
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_THREADS 1)  # the same bytes every time
set(CPACK_COMPONENTS_ALL preemptd dev)
if(PREEMPTD_SYSROOT)  # archives for a compiler and headers of this distribution are of no use elsewhere
  list(REMOVE_ITEM CPACK_COMPONENTS_ALL dev)
endif()
set(CPACK_COMPONENTS_GROUPING ONE_PER_GROUP)

set(about_preemptd
"preemptd watches for the reclaim of an Alibaba Cloud ECS preemptible (spot)
instance from two independent sources, uses the whole notice of about five
minutes to run the operator's drain scripts in the right order, and reports
what happened. It brings preemptctl, which carries a full client of the ECS
control plane and rehearses a reclaim on the node itself, against preempt-sim:
an Alibaba Cloud in one process, on loopback.")
set(about_dev
"The ECS control-plane client of preemptd as a C++20 library: credentials,
signing, retries, paging, waiters and typed calls for the instance lifecycle.
find_package(preemptd-ecs) gives the target preemptd::ecs.")

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
if(PREEMPTD_SYSROOT)  # dpkg knows nothing of the sysroot's libraries, and only the C library is not linked in
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
  set(CPACK_DEBIAN_PACKAGE_DEPENDS "libc6 (>= 2.31)")
  string(REPLACE "x86_64" "amd64" CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${PREEMPTD_ARCH}")
  string(REPLACE "aarch64" "arm64" CPACK_DEBIAN_PACKAGE_ARCHITECTURE "${CPACK_DEBIAN_PACKAGE_ARCHITECTURE}")
  set(CPACK_RPM_PACKAGE_ARCHITECTURE ${PREEMPTD_ARCH})
else()
  set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
endif()
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_NAME preemptd)
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PREEMPTD_DESCRIPTION "${about_preemptd}")
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_RECOMMENDS "ca-certificates")
# A rehearsal is a step of the installation, so the simulator is part of the package; it was one of its own once.
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_PROVIDES "preempt-sim (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_CONFLICTS preempt-sim)
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_REPLACES preempt-sim)
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/postinst ${CMAKE_SOURCE_DIR}/packaging/debian/prerm
    ${CMAKE_SOURCE_DIR}/packaging/debian/postrm ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles)
set(CPACK_DEBIAN_PREEMPTD_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libpreemptd-ecs-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_DESCRIPTION "${about_dev}")
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
    "libcurl4-openssl-dev, libssl-dev, nlohmann-json3-dev, libexpected-dev, libsimdjson-dev")

set(CPACK_RPM_COMPONENT_INSTALL ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_RELEASE 1)
set(CPACK_RPM_PACKAGE_RELOCATABLE OFF)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_GROUP "System Environment/Daemons")
set(CPACK_RPM_PREEMPTD_PACKAGE_NAME preemptd)
set(CPACK_RPM_PREEMPTD_PACKAGE_SUMMARY "Learns of a spot reclaim and drains the node in time")
set(CPACK_RPM_PREEMPTD_PACKAGE_DESCRIPTION "${about_preemptd}")
set(CPACK_RPM_PREEMPTD_USER_FILELIST
    "%config(noreplace) /etc/preemptd/preemptd.toml" "%exclude /usr/share/lintian/overrides/preemptd")
set(CPACK_RPM_PREEMPTD_PACKAGE_PROVIDES "preempt-sim = ${PROJECT_VERSION}")
set(CPACK_RPM_PREEMPTD_PACKAGE_OBSOLETES "preempt-sim <= ${PROJECT_VERSION}")
set(CPACK_RPM_PREEMPTD_POST_INSTALL_SCRIPT_FILE ${CMAKE_SOURCE_DIR}/packaging/rpm/post)
set(CPACK_RPM_PREEMPTD_PRE_UNINSTALL_SCRIPT_FILE ${CMAKE_SOURCE_DIR}/packaging/rpm/preun)
set(CPACK_RPM_PREEMPTD_POST_UNINSTALL_SCRIPT_FILE ${CMAKE_SOURCE_DIR}/packaging/rpm/postun)
set(CPACK_RPM_DEV_PACKAGE_NAME preemptd-ecs-devel)
set(CPACK_RPM_DEV_PACKAGE_SUMMARY "ECS control-plane client as a C++20 library")
set(CPACK_RPM_DEV_PACKAGE_DESCRIPTION "${about_dev}")
# Folders that belong to others.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
    /etc /usr/lib/systemd /usr/lib/systemd/system /usr/sbin /usr/lib/sysusers.d /usr/lib/tmpfiles.d /usr/share/man
    /usr/share/lintian /usr/share/lintian/overrides /usr/share/man/man1 /usr/share/man/man5 /usr/share/man/man7 /usr/share/man/man8 /usr/share/bash-completion
    /usr/share/bash-completion/completions /usr/share/zsh /usr/share/zsh/site-functions /usr/share/fish
    /usr/share/fish/vendor_completions.d)
set(CPACK_RPM_SPEC_MORE_DEFINE
"%define _buildhost localhost
%define use_source_date_epoch_as_buildtime 1
%define clamp_mtime_to_source_date_epoch 1
%define _build_id_links none
%define __os_install_post %{nil}")
include(CPack)
