# cgw_add_alloc_test(query/alloc cgw_query): a unit test in which every allocation of our own code, of jansson and of C++
# (DCMTK's included) can be made to fail: see failing_alloc.h.
function(cgw_add_alloc_test name)
    string(REPLACE "/" "." dotted ${name})
    cgw_add_unit_test(${name} ${ARGN})
    target_sources(unit.${dotted} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/failing_alloc.c
                   ${PROJECT_SOURCE_DIR}/tests/support/failing_new.cc)
    foreach(function malloc calloc realloc reallocarray free strdup strndup)
        target_link_options(unit.${dotted} PRIVATE -Wl,--wrap=${function})
    endforeach()
endfunction()
