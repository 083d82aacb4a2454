/* How files of instances are named: the prefix of a storage SOP class, as the getscu programs have it. Pure.
 */
#ifndef CGETWAY_FILE_PREFIX_H
#define CGETWAY_FILE_PREFIX_H

#ifdef __cplusplus
extern "C" {
#endif

enum { CGW_FILE_PREFIX_MAX_LENGTH = 4 };

/* "CT", "MRe" ...: letters, digits and underscores; "UN" for a class without one. Static. */
const char *cgw_file_prefix(const char *sop_class);

#ifdef __cplusplus
}
#endif
#endif
