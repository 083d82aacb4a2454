/*
 * The texts of the index: its tables, and the statements that are kept prepared. Another format is another
 * INDEX_VERSION.
 */
#ifndef CGW_CACHE_INDEX_SQL_H
#define CGW_CACHE_INDEX_SQL_H

#include "cgetway/cache.h"

enum {
    INDEX_APPLICATION_ID = 0x43474378, /* "CGCx" */
    INDEX_VERSION = 2,
    INDEX_RESERVED_COUNTS = 1024,
    INDEX_BATCH = 64,              /* rows that are removed, or looked at, in one step */
    INDEX_LIST_BYTES = 1024 * 1024 /* of metadata and frames that are listed in one go */
};

/* One counter gives the ids of units, the numbers of rows and the revisions. It begins with the time, in
 * 1/1024 ms, so that an index that had to be made anew does not give the revisions of the old one.
 *
 * cost: of the file, and of its row and content. The path ends in the SOP Instance UID, so it is found by
 * that. Contents are apart: they are large, and not always asked for. */
#define INDEX_TABLES                                                                                         \
    "CREATE TABLE counter (value INTEGER NOT NULL) STRICT;"                                                  \
    "INSERT INTO counter VALUES (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1024);"        \
    "CREATE TABLE units ("                                                                                   \
    " id INTEGER PRIMARY KEY, peer TEXT NOT NULL, study TEXT NOT NULL, series TEXT NOT NULL,"                \
    " instance TEXT NOT NULL, is_complete INTEGER NOT NULL, checked_ms INTEGER NOT NULL,"                    \
    " revision INTEGER NOT NULL, instances INTEGER NOT NULL, known_instances INTEGER NOT NULL,"              \
    " used_us INTEGER NOT NULL, UNIQUE (study, series, instance, peer)) STRICT;"                             \
    "CREATE INDEX units_by_use ON units (used_us, id);"                                                      \
    "CREATE TABLE instances ("                                                                               \
    " unit INTEGER NOT NULL, row INTEGER NOT NULL, study TEXT NOT NULL, series TEXT NOT NULL,"               \
    " instance TEXT NOT NULL, sop_class TEXT NOT NULL, transfer_syntax TEXT NOT NULL, path TEXT NOT NULL,"   \
    " bytes INTEGER NOT NULL, cost INTEGER NOT NULL,"                                                        \
    " PRIMARY KEY (unit, row), UNIQUE (instance, unit)) STRICT, WITHOUT ROWID;"                              \
    "CREATE TABLE contents ("                                                                                \
    " row INTEGER PRIMARY KEY, text_length INTEGER NOT NULL, crc INTEGER NOT NULL, metadata BLOB NOT NULL,"  \
    " frames BLOB NOT NULL) STRICT;"                                                                         \
    "CREATE TABLE packs ("                                                                                   \
    " unit INTEGER PRIMARY KEY, revision INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;"                     \
    "CREATE TRIGGER forget_pack AFTER DELETE ON units"                                                       \
    " BEGIN DELETE FROM packs WHERE unit = old.id; END;"

#define INDEX_UNIT "id, is_complete, checked_ms, revision, instances, known_instances"

/* ?1: unit, ?2: row, ?3: wants, ?4: series or "", ?5: instance or at most so many. What is not wanted is
 * NULL. */
#define INDEX_WANTED(column, want) "CASE WHEN ?3 & " #want " THEN " column " END"
#define INDEX_LIST_COLUMNS                                                                                   \
    "SELECT row, study, series, instance, sop_class, transfer_syntax, path, bytes,"                          \
    " coalesce(" INDEX_WANTED("length(metadata)", 2) ", 0) + coalesce(" INDEX_WANTED(                        \
        "length(frames)",                                                                                    \
        4) ", 0), text_length, crc, " INDEX_WANTED("metadata",                                               \
                                                   2) ", " INDEX_WANTED("frames",                            \
                                                                        4) " FROM instances CROSS JOIN "     \
                                                                           "contents USING (row)"            \
                                                                           " WHERE unit = ?1 AND row > ?2 "  \
                                                                           "AND (?4 = '' OR series = ?4)"

_Static_assert(CGW_WANT_METADATA == 2 && CGW_WANT_FRAMES == 4, "the statements say so");

/* X(enumerator, text) */
#define INDEX_STATEMENTS(X)                                                                                  \
    X(RESERVE_COUNTS, "UPDATE counter SET value = value + ? RETURNING value")                                \
    X(FIND_UNIT, "SELECT " INDEX_UNIT " FROM units WHERE study = ? AND series = ? AND instance = ?"          \
                 " AND peer = ?")                                                                            \
    X(SHOW_UNIT, "SELECT " INDEX_UNIT " FROM units WHERE id = ?")                                            \
    X(ADD_UNIT, "INSERT INTO units VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, ?1, 0, 0, ?6)")                         \
    X(CHANGE_UNIT, "UPDATE units SET instances = instances + ?, is_complete = is_complete & ?,"              \
                   " revision = ? WHERE id = ?")                                                             \
    X(SETTLE_UNIT, "UPDATE units SET is_complete = ?, known_instances = ?, checked_ms = ?, used_us = ?"      \
                   " WHERE id = ?")                                                                          \
    X(USE_UNIT, "UPDATE units SET used_us = ? WHERE id = ?")                                                 \
    X(REMOVE_UNIT, "DELETE FROM units WHERE id = ? AND instances = 0")                                       \
    X(REMOVE_EMPTY_UNITS, "DELETE FROM units WHERE instances = 0 AND is_complete = 0")                       \
    X(COUNT_UNITS, "SELECT count(*), coalesce(max(used_us), 0) FROM units")                                  \
    X(LIMIT_USE, "UPDATE units SET used_us = ?1 WHERE used_us > ?1")                                         \
    X(NEXT_UNUSED,                                                                                           \
      "SELECT used_us, id FROM units WHERE (used_us, id) > (?, ?) ORDER BY used_us, id LIMIT 1")             \
    X(FIND_INSTANCE, "SELECT unit, row, cost, path, bytes FROM instances WHERE instance = ? AND unit = ?")   \
    X(FIND_PATH, "SELECT unit, row, cost, path, bytes FROM instances WHERE instance = ? AND path = ?")       \
    X(LIST_OF_UNIT,                                                                                          \
      "SELECT unit, row, cost, path, bytes FROM instances WHERE unit = ? ORDER BY row LIMIT ?")              \
    X(LIST_ALL, "SELECT unit, row, cost, path, bytes FROM instances WHERE (unit, row) > (?, ?)"              \
                " ORDER BY unit, row LIMIT ?")                                                               \
    X(ADD_INSTANCE, "INSERT INTO instances VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")                           \
    X(ADD_CONTENT, "INSERT INTO contents VALUES (?, ?, ?, ?, ?)")                                            \
    X(REMOVE_INSTANCE, "DELETE FROM instances WHERE unit = ? AND row = ?")                                   \
    X(REMOVE_CONTENT, "DELETE FROM contents WHERE row = ?")                                                  \
    X(KEEP_PACK, "INSERT OR REPLACE INTO packs SELECT id, revision, ?3 FROM units"                           \
                 " WHERE id = ?1 AND revision = ?2")                                                         \
    X(READ_PACK, "SELECT bytes FROM packs WHERE unit = ? AND revision = ?")                                  \
    X(LIST, INDEX_LIST_COLUMNS " ORDER BY row LIMIT ?5")                                                     \
    X(LIST_ONE, INDEX_LIST_COLUMNS " AND instance = ?5")

enum index_statement {
#define INDEX_ENUM(name, text) INDEX_##name,
    INDEX_STATEMENTS(INDEX_ENUM)
#undef INDEX_ENUM
        INDEX_STATEMENT_COUNT
};

#endif
