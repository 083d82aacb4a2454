/*
 * The cache of DICOMweb reads: instances of peers as files, each with what its viewers ask for (its metadata,
 * where its frames are), and the retrieves that fill it.
 *
 *     open -> ( read -> next: instance ... until the end -> close ) ... -> stop -> free
 *
 * The unit of retrieval is configured: a series (or a study, or an instance). Whoever reads something of a
 * unit that is not there yet joins the one retrieve of it (its flight), or begins it, and gets each instance
 * the moment that it is whole, not when the unit is. What a reading waits for is moved to the front: an
 * instance that the flight has not brought yet is asked for on an association of its own.
 *
 * Complete means complete: a reading of a study or series ends well only when its units are complete, by the
 * judgement of the retrieve (retrieve.h). A complete unit is believed for cache-fresh; then a reading asks
 * the peer by C-FIND what is new, and only that is retrieved.
 *
 * The index (SQLite) never names a file that is not whole. Least recently used units go first when the byte
 * limit or the age is reached; one that is read is never removed. Where nothing can be stored (no
 * cache-directory, a full disk) readings are served all the same, from memory, one instance at a time, and
 * nothing is kept.
 *
 * Thread: every function may be called from any thread; a reading has one owner.
 */
#ifndef CGETWAY_CACHE_H
#define CGETWAY_CACHE_H

#include "cgetway/admission.h"
#include "cgetway/config.h"
#include "cgetway/error.h"
#include "cgetway/json_piece.h"
#include "cgetway/trace.h"
#include "cgetway/uid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cgw_cache; /* opaque */

/* Removes what killed processes left half written, drops rows whose file is not there or has another size.
 * Only one process may have a cache directory. CGW_E_BAD_CONFIGURATION, CGW_E_OUT_OF_MEMORY. config and
 * admission are borrowed until free. */
enum cgw_code cgw_cache_open(const struct cgw_config *config, struct cgw_admission *admission,
                             struct cgw_cache **ret_cache, struct cgw_error *err);

/* Ends the flights (C-CANCEL, A-ABORT) and joins their threads; readings fail with CGW_E_CANCELLED. Takes
 * NULL. */
void cgw_cache_stop(struct cgw_cache *cache); /* takes NULL */
void cgw_cache_free(struct cgw_cache *cache); /* after stop, when no reading is open; takes NULL */

/* What is read: UIDs, safe (uid.h); series and instance may be "": all of the study, all of the series. */
struct cgw_cache_scope {
    const struct cgw_peer *peer; /* as configured; borrowed until close */
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES], instance[CGW_UID_BYTES];
};

/* What a reading wants of each instance besides its UIDs. */
enum cgw_cache_want { CGW_WANT_FILE = 1, CGW_WANT_METADATA = 2, CGW_WANT_FRAMES = 4 };

struct cgw_reading_options {
    struct cgw_cache_scope scope;
    unsigned wants; /* of enum cgw_cache_want */
    struct cgw_watch watch;
    struct cgw_trace trace;
};

/* One instance; borrowed from the reading until its next call. Study and series are those of its data set,
 * and where that cannot be read those that were asked for. One that a peer sends and that is of another
 * series is not given, nor does it make that reading incomplete. */
struct cgw_cached {
    char study[CGW_UID_BYTES], series[CGW_UID_BYTES], instance[CGW_UID_BYTES];
    char sop_class[CGW_UID_BYTES], transfer_syntax[CGW_UID_BYTES];
    uint64_t bytes;                 /* of its DICOM file */
    int fd;                         /* WANT_FILE: of that file, for pread; -1 otherwise. Dup it to keep it. */
    struct cgw_json_piece metadata; /* WANT_METADATA: DICOM JSON (see cgw_cache_bulk_prefix) */
    const uint8_t *frames;          /* WANT_FRAMES: an index (frames.h) */
    size_t frames_length;
};

/* In the metadata of an instance BulkDataURI is "bulkdata/<Series Instance UID>/<SOP Instance UID>/<path>",
 * relative to the resource whose metadata is read: a study's, a series' or an instance's, below each of which
 * there is such a resource, as viewers put it behind any of the three. */

struct cgw_reading; /* opaque */

/* Looks what is there, and joins or begins what is not. Waits for the peer only where the peer has to be
 * asked which series a study has. CGW_E_OUT_OF_MEMORY, the failures of cgw_find_open, admission. */
enum cgw_code cgw_cache_read(struct cgw_cache *cache, const struct cgw_reading_options *options,
                             struct cgw_reading **ret_reading, struct cgw_error *err);

/* The next instance, waited for as long as the peer's limits say; NULL with CGW_OK: that was all, and it is
 * complete. Failures: CGW_E_NO_MATCH (the peer has nothing of it; only before the first instance),
 * CGW_E_INCOMPLETE and all others of a retrieve; CGW_E_INSTANCE_UNREADABLE: what came is no data set that can
 * be read (only for WANT_METADATA and WANT_FRAMES). After a failure: the same failure. */
enum cgw_code cgw_reading_next(struct cgw_reading *reading, const struct cgw_cached **ret_instance,
                               struct cgw_error *err);

/* Whether all of it was there and fresh when the reading began, so that nothing is waited for. */
bool cgw_reading_is_warm(const struct cgw_reading *reading);

/* For an entity tag of a study's or series' metadata: changes whenever an instance of it comes or goes. 0
 * while the reading is not warm. */
uint64_t cgw_reading_revision(const struct cgw_reading *reading);

/* The metadata of everything that the reading covers, as one gzip file (RFC 1952) of a JSON array, which
 * compresses much better than instance by instance: where somebody kept it of this revision. Owned by the
 * caller (free); NULL: it is not there, or the reading is not warm or of more than one unit. */
void *cgw_reading_pack(struct cgw_reading *reading, size_t *ret_length);

/* Keeps it, of a reading that was warm and is at its end, where it is not unusually large. Where it is not
 * kept nobody is told. */
void cgw_reading_keep_pack(struct cgw_reading *reading, const void *bytes, size_t length);

void cgw_reading_close(struct cgw_reading *reading); /* takes NULL */

/* For readiness and the log. */
struct cgw_cache_state {
    bool has_directory;
    uint64_t bytes, limit_bytes;
    size_t units, instances, flights;
};
void cgw_cache_look(struct cgw_cache *cache, struct cgw_cache_state *ret_state);

#endif
