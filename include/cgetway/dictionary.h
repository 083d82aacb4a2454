/*
 * The data dictionary: keyword <-> tag <-> VR, VM. A C face of DCMTK's (shim).
 *
 * DCMTK reads it from files; without them it has no keywords, so loading fails loudly. DCMDICTPATH is
 * ignored: the dictionary is part of the program's behaviour, not of whoever's shell started it.
 *
 * Threads: cgw_dictionary_load once in main before any other thread; afterwards every function is read-only
 * and may be called from any thread.
 */
#ifndef CGETWAY_DICTIONARY_H
#define CGETWAY_DICTIONARY_H

#include "cgetway/error.h"
#include "cgetway/vr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_KEYWORD_BYTES = 80, CGW_VM_UNBOUNDED = -1 };

/* Plain data; a copy, so nothing is borrowed from DCMTK. */
struct cgw_dictionary_entry {
    uint32_t tag;       /* as asked for, also inside a repeating group */
    enum cgw_vr vr;     /* where the dictionary leaves a choice: OB or OW -> OW, US or SS -> US */
    bool us_or_ss;      /* the dictionary says "US or SS" */
    int vm_min, vm_max; /* vm_max may be CGW_VM_UNBOUNDED */
    int vm_step;        /* 2-2n: 2; else 1 */
    bool repeating;     /* the entry covers a range of groups or elements (60xx) */
    char keyword[CGW_KEYWORD_BYTES]; /* as in PS3.6, also for retired elements; "" where there is none */
};

/* CGW_E_BAD_CONFIGURATION with the path that was tried when the dictionary files are missing. */
enum cgw_code cgw_dictionary_load(struct cgw_error *err);

/* Exact and case-sensitive. Retired elements are found under their PS3.6 keyword. False: unknown. Entries of
 * private dictionaries are never found. */
bool cgw_dictionary_find_keyword(const char *keyword, struct cgw_dictionary_entry *ret_entry);
bool cgw_dictionary_find_tag(uint32_t tag, struct cgw_dictionary_entry *ret_entry);

/* The UIDs of the storage classes that DCMTK knows, in its order, retired ones too; NULL behind the last.
 * Static. */
const char *cgw_dictionary_storage_class(size_t index);

/* The keyword of a UID (PS3.6 A) as DCMTK has it, "CTImageStorage"; NULL: it knows none. Static. */
const char *cgw_dictionary_uid_name(const char *uid);

/* Calls visit for each standard keyword, in no particular order, until it returns false. */
void cgw_dictionary_each_keyword(bool (*visit)(const char *keyword, uint32_t tag, void *context),
                                 void *context);

#ifdef __cplusplus
}
#endif
#endif
