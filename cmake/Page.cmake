# src/page is the page for people, at /: plain HTML, CSS and JavaScript, put into the program as they are.
function(cgw_embed_page target)
    set(source ${PROJECT_BINARY_DIR}/generated/page.c)
    file(GLOB files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/page/*)
    add_custom_command(
        OUTPUT ${source}
        COMMAND ${CGW_PYTHON} ${PROJECT_SOURCE_DIR}/cmake/embed.py page ${PROJECT_SOURCE_DIR}/src/page ${source}
        DEPENDS ${files} ${PROJECT_SOURCE_DIR}/cmake/embed.py
        COMMENT "Embedding src/page"
        VERBATIM)
    target_sources(${target} PRIVATE ${source})
endfunction()
