/*
 * The ZIP sink (APPNOTE.TXT 6.3): a retrieve as an archive, made by libarchive while it is sent. An entry for
 * each instance, the Part 10 file, and as the last one `outcome.json`.
 *
 * - An entry is named as getscu names its files: the prefix of its SOP class (file_prefix.h), a dot, its SOP
 *   Instance UID. An instance whose UID came before gets a hyphen and a number behind that, from 2 on,
 * another one for each such entry of the archive: no UID holds a hyphen, so no two entries have one name.
 * - Entries are stored: images hardly compress, and a stored byte leaves as it comes. Their sizes are not
 * known beforehand; they follow the bytes in a data descriptor, with ZIP64 sizes always, and the central
 * directory has them. Readers that use the central directory take such entries; some that read a pipe do not.
 * - The central directory is what a clean end is: without it no reader finds these entries without an error.
 * (One that looks for a directory from the end finds that of an archive inside the last instance, if there is
 * one: HTTP's own end is the mark that cannot be mistaken.)
 *
 * Memory: besides the ledger at most 200 bytes an instance for the central directory and 24 for the names,
 * and while the directory is written it is there twice.
 */
#ifndef CGETWAY_ZIP_H
#define CGETWAY_ZIP_H

#include "cgetway/sink.h"

/* NULL: out of memory. */
struct cgw_sink *cgw_zip_new(const struct cgw_sink_options *options);

#endif
