# api/openapi.yaml is the contract; the binary serves the same as JSON. Debian: python3-yaml.
# Not find_package(Python3): on machines with several interpreters it likes the one without the module.
foreach(candidate /usr/bin/python3 python3)
    execute_process(COMMAND ${candidate} -c "import yaml" RESULT_VARIABLE no_yaml OUTPUT_QUIET ERROR_QUIET)
    if(no_yaml EQUAL 0)
        set(CGW_PYTHON ${candidate})
        break()
    endif()
endforeach()
if(NOT CGW_PYTHON)
    message(FATAL_ERROR "No python3 with the yaml module was found; on Debian: apt-get install python3-yaml")
endif()

function(cgw_embed_openapi target)
    set(source ${PROJECT_BINARY_DIR}/generated/openapi.c)
    add_custom_command(
        OUTPUT ${source}
        COMMAND ${CGW_PYTHON} ${PROJECT_SOURCE_DIR}/cmake/embed.py openapi ${PROJECT_SOURCE_DIR}/api/openapi.yaml
                ${source}
        DEPENDS ${PROJECT_SOURCE_DIR}/api/openapi.yaml ${PROJECT_SOURCE_DIR}/cmake/embed.py
        COMMENT "Embedding api/openapi.yaml"
        VERBATIM)
    set(wadl ${PROJECT_BINARY_DIR}/generated/dicomweb_wadl.c)
    add_custom_command(
        OUTPUT ${wadl}
        COMMAND ${CGW_PYTHON} ${PROJECT_SOURCE_DIR}/cmake/embed.py wadl ${PROJECT_SOURCE_DIR}/api/dicomweb.wadl ${wadl}
        DEPENDS ${PROJECT_SOURCE_DIR}/api/dicomweb.wadl ${PROJECT_SOURCE_DIR}/cmake/embed.py
        COMMENT "Embedding api/dicomweb.wadl"
        VERBATIM)
    target_sources(${target} PRIVATE ${source} ${wadl})
endfunction()
