include(GNUInstallDirs)
if(TARGET cgetway)
    install(TARGETS cgetway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET cgetway-codec)
    install(TARGETS cgetway-codec RUNTIME DESTINATION libexec/cgetway) # where src/codec/codec.c looks for it
endif()

# cgetway(8), from the tables of options and keys.
if(TARGET cgw_config)
    add_executable(generate-manual-page ${PROJECT_SOURCE_DIR}/src/config/tools/generate_manual_page.c)
    cgw_target_defaults(generate-manual-page)
    target_include_directories(generate-manual-page PRIVATE ${PROJECT_SOURCE_DIR}/src)
    target_link_libraries(generate-manual-page PRIVATE cgw_config)
    set(CGW_MANUAL_PAGE ${PROJECT_BINARY_DIR}/generated/cgetway.8)
    add_custom_command(
        OUTPUT ${CGW_MANUAL_PAGE}.gz
        COMMAND generate-manual-page ${PROJECT_VERSION} ${CGW_MANUAL_PAGE}
        COMMAND gzip -9nkf ${CGW_MANUAL_PAGE}
        COMMENT "Writing the manual page"
        VERBATIM)
    add_custom_target(manual-page ALL DEPENDS ${CGW_MANUAL_PAGE}.gz)
    install(FILES ${CGW_MANUAL_PAGE}.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
endif()
