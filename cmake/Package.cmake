# `cpack -G DEB` in the build folder makes the Debian package. What only the package has is in cmake/package and is not
# part of `cmake --install`.
set(CGW_PACKAGE_CONTACT "cgetway authors <cgetway@cgetway.invalid>" CACHE STRING "Maintainer of the package: NAME <ADDRESS>")
set(package ${CMAKE_CURRENT_SOURCE_DIR}/cmake/package)
set(made ${PROJECT_BINARY_DIR}/generated/package)

# The build context of the container has no more than the program needs.
if(TARGET cgetway AND TARGET cgetway-codec AND TARGET manual-page AND EXISTS ${PROJECT_SOURCE_DIR}/CHANGELOG.md)
    string(TIMESTAMP CGW_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC) # follows SOURCE_DATE_EPOCH
    configure_file(${package}/changelog.Debian.in ${made}/changelog.Debian @ONLY)
    add_custom_command(
        OUTPUT ${made}/changelog.Debian.gz ${made}/changelog.gz
        COMMAND gzip -9nkf ${made}/changelog.Debian
        COMMAND gzip -9nc ${PROJECT_SOURCE_DIR}/CHANGELOG.md > ${made}/changelog.gz
        DEPENDS ${PROJECT_SOURCE_DIR}/CHANGELOG.md ${made}/changelog.Debian
        COMMENT "Writing the package's changelogs"
        VERBATIM)
    add_custom_target(package-files ALL DEPENDS ${made}/changelog.Debian.gz ${made}/changelog.gz)

    macro(cgw_package_files destination)
        install(FILES ${ARGN} DESTINATION ${destination} COMPONENT package EXCLUDE_FROM_ALL)
    endmacro()
    set(doc ${CMAKE_INSTALL_DATADIR}/doc/cgetway)
    cgw_package_files(${doc} ${package}/copyright ${made}/changelog.Debian.gz ${made}/changelog.gz
                      ${PROJECT_SOURCE_DIR}/README.md)
    install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs DESTINATION ${doc} COMPONENT package EXCLUDE_FROM_ALL
            FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    cgw_package_files(${doc}/api ${PROJECT_SOURCE_DIR}/api/openapi.yaml ${PROJECT_SOURCE_DIR}/api/errors.md)
    cgw_package_files(${CMAKE_INSTALL_DATADIR}/lintian/overrides ${package}/lintian-overrides RENAME cgetway)
    cgw_package_files(/lib/systemd/system ${package}/cgetway.service)
    # Owner and mode of these: postinst, which makes the user.
    cgw_package_files(/etc/cgetway ${package}/cgetway.json)
    install(DIRECTORY DESTINATION /var/lib/cgetway COMPONENT package EXCLUDE_FROM_ALL)
    install(DIRECTORY DESTINATION /var/cache/cgetway COMPONENT package EXCLUDE_FROM_ALL)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};cgetway;ALL;/;${PROJECT_BINARY_DIR};cgetway;package;/")
set(CPACK_SET_DESTDIR ON) # for /etc and /lib
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CONTACT "${CGW_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "HTTP gateway for DICOM C-GET")
set(CPACK_PACKAGE_DESCRIPTION "Retrieves instances from a DICOM archive (PACS) over HTTP: a client posts a
JSON object of keyword paths, the gateway runs the C-GET and streams the
instances back in the same response, as multipart/related or as a ZIP archive,
or stores them as files. It also does C-FIND and C-ECHO, and serves DICOMweb,
with searches, metadata, frames and pictures, for peers that speak DIMSE only.
.
It listens on 127.0.0.1 and has no authentication of its own: it belongs behind
a reverse proxy.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${package}/conffiles;${package}/postinst;${package}/prerm;${package}/postrm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
