include(GNUInstallDirs)
if(TARGET cgetway)
    install(TARGETS cgetway RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
if(TARGET cgetway-codec)
    install(TARGETS cgetway-codec RUNTIME DESTINATION libexec/cgetway) # where src/codec/codec.c looks for it
endif()
