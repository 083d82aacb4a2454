# One function that every target of ours calls.
function(cgw_target_defaults target)
    target_compile_features(${target} PRIVATE c_std_17 cxx_std_17)
    set_target_properties(${target} PROPERTIES C_EXTENSIONS ON CXX_EXTENSIONS OFF)
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_compile_options(${target} PRIVATE
        -Wall -Wextra -Wshadow -Wvla -Wformat=2 -Wundef -fno-strict-aliasing -fstack-protector-strong
        $<$<COMPILE_LANGUAGE:C>:-Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition>
        $<$<BOOL:${CGW_WERROR}>:-Werror>
        $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
    if(CGW_SANITIZE)
        target_compile_options(${target} PRIVATE -fsanitize=${CGW_SANITIZE} -fno-omit-frame-pointer
            -fno-sanitize-recover=all -U_FORTIFY_SOURCE)
        target_link_options(${target} PRIVATE -fsanitize=${CGW_SANITIZE})
    endif()
    if(CGW_BUILD_FUZZERS)
        # Without it libFuzzer sees the fuzz targets only and none of the code that they call.
        target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
        target_link_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
    endif()
    if(CGW_COVERAGE)
        target_compile_options(${target} PRIVATE --coverage)
        target_link_options(${target} PRIVATE --coverage)
    endif()
    target_link_options(${target} PRIVATE -Wl,-z,relro,-z,now)
endfunction()
