/*
 * A stored instance: a DICOM file (PS3.10 7) read by our own bounded reader, with the values that are large
 * left where they are. Bytes of anybody: every length is checked against the file, nesting and elements are
 * limited, and what is not well-formed is refused whole.
 *
 *     open -> data_set, frames (frames.h), reencode (reencode.h) -> free
 *
 * Unlike data_set_reader.h it takes any transfer syntax (every compressed one is Explicit VR Little Endian,
 * PS3.5 A.4), encapsulated pixel data, and files of any size; and it is lenient where real files are and all
 * others read them: elements out of order are sorted, of two with one tag the first counts, numbers that are
 * not whole are UN, a VR of the future is UN (PS3.5 6.2), UN of undefined length is a sequence, a File Meta
 * Information needs no group length. Group lengths, group 0002 and padding are left out.
 *
 * Thread: one owner; after open nothing in it changes, so reading from several threads is safe.
 */
#ifndef CGETWAY_INSTANCE_FILE_H
#define CGETWAY_INSTANCE_FILE_H

#include "cgetway/data_set.h"
#include "cgetway/error.h"
#include "cgetway/uid.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values of more bytes than this stay in the file (cgw_element.in_file); text (VR kind TEXT) does only above
 * CGW_TEXT_IN_MEMORY_BYTES. Pixel Data (7FE0,0008), (7FE0,0009), (7FE0,0010) at the top level always stays,
 * but when it has no bytes. */
enum { CGW_VALUE_IN_MEMORY_BYTES = 1024, CGW_TEXT_IN_MEMORY_BYTES = 64 * 1024 };

struct cgw_instance_file_limits {
    size_t max_depth;            /* as in data_set_reader.h */
    size_t max_elements;         /* elements and items together */
    uint64_t max_inflated_bytes; /* of a deflated file */
    size_t max_memory_bytes;     /* of values that are read into memory, together */
};

/* 64 deep, 1,000,000 elements, 1 GiB inflated, 64 MiB in memory. */
extern const struct cgw_instance_file_limits cgw_instance_file_default_limits;

struct cgw_instance_file; /* opaque */

/* fd: of a regular file, borrowed until free; read by pread only. A deflated one is inflated into an
 * anonymous file (memfd) first.
 * vr_of: for Implicit VR, see data_set_reader.h; context is passed to it. US where it is "US or SS" and OW
 * where it is "OB or OW": which of them is settled here, by Pixel Representation (of the item, else of what
 * is around it) and Waveform Bits Allocated. CGW_E_INSTANCE_UNREADABLE (with tag and offset; also for a limit
 * that is passed, and a file that ends early), CGW_E_OUT_OF_MEMORY, CGW_E_OUT_OF_DESCRIPTORS (a deflated
 * one), CGW_E_INTERNAL (pread failed). */
enum cgw_code cgw_instance_file_open(int fd, const struct cgw_instance_file_limits *limits,
                                     enum cgw_vr (*vr_of)(uint32_t tag, void *context), void *context,
                                     struct cgw_instance_file **ret_file, struct cgw_error *err);

void cgw_instance_file_free(struct cgw_instance_file *file); /* takes NULL; does not close fd */

/* Of the file, without group 0002, borrowed. Values as in data_set.h: little endian whatever the file is. */
const struct cgw_data_set *cgw_instance_file_data_set(const struct cgw_instance_file *file);
const char *cgw_instance_file_transfer_syntax(const struct cgw_instance_file *file); /* safe (uid.h) */

/* What offsets of in_file values point into: the descriptor of open, or that of the inflated copy, which
 * free closes. */
int cgw_instance_file_fd(const struct cgw_instance_file *file);

/* Where the data set begins in the file of that descriptor, and how many bytes it has. */
uint64_t cgw_instance_file_data_set_offset(const struct cgw_instance_file *file);
uint64_t cgw_instance_file_data_set_length(const struct cgw_instance_file *file);

/* Native numbers of this file are big endian: values in the file (not those in memory) have to be turned
 * round, in words of cgw_vr_word_size (vr.h: cgw_swap_words). */
bool cgw_instance_file_is_big_endian(const struct cgw_instance_file *file);

/* The first value of an element at the top level that is an integer (US, IS, UL ...), for images: false, and
 * *ret_value as it was, where it is not there or no such number. */
bool cgw_data_set_integer(const struct cgw_data_set *data_set, uint32_t tag, int64_t *ret_value);

/* The element that a bulk data path names: "7FE00010", and inside sequences "54000100.0.54001010", where the
 * numbers between dots are items from 0. NULL: there is none, or it is no such path. Borrowed. */
const struct cgw_element *cgw_data_set_find_path(const struct cgw_data_set *data_set, const char *path);

#ifdef __cplusplus
}
#endif
#endif
