include(GNUInstallDirs)
if(TARGET cgetway)
    install(TARGETS cgetway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
