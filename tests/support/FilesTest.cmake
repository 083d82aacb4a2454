# cgw_add_files_test(sink/directory_faults cgw_sink): a unit test in which every call of our own code on files can be
# made to fail, or to kill the process: see failing_files.h.
function(cgw_add_files_test name)
    string(REPLACE "/" "." dotted ${name})
    cgw_add_unit_test(${name} ${ARGN})
    target_sources(unit.${dotted} PRIVATE ${PROJECT_SOURCE_DIR}/tests/support/failing_files.c)
    foreach(function openat mkdirat write pread fsync close renameat2 renameat linkat unlinkat)
        target_link_options(unit.${dotted} PRIVATE -Wl,--wrap=${function})
    endforeach()
endfunction()
