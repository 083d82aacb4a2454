/*
 * The texts of the history: its tables, and the statements that are kept prepared.
 *
 * The names of states (cgw_job_state_name), models (cgw_model_name), errors (cgw_code_name) and of what was
 * there before a file are part of the format of the database. Another format is another HISTORY_VERSION.
 */
#ifndef CGW_JOBS_HISTORY_SQL_H
#define CGW_JOBS_HISTORY_SQL_H

/* In the header of the file: "CGJb", and what the tables below are. Macros, for they become text. */
#define HISTORY_APPLICATION_ID 0x43474A62
#define HISTORY_VERSION 2

/* Of version 2, for a database of version 1. */
#define HISTORY_UPLOADS                                                                                      \
    "CREATE TABLE uploads ("                                                                                 \
    " key TEXT NOT NULL, upload TEXT NOT NULL, is_left INTEGER NOT NULL,"                                    \
    " PRIMARY KEY (key, upload)) STRICT, WITHOUT ROWID;"

/* Jobs, and what is counted for each instance, are apart from the Identifiers: these may be large, and a row
 * is written anew with each count. The path of a file is folder and name; it stands in the table once. The
 * order of the folders is backwards: the file that is in none comes last of its name, so who has read up to
 * it has read all of that name (history_list_files). */
#define HISTORY_TABLES                                                                                       \
    "CREATE TABLE jobs ("                                                                                    \
    " id TEXT PRIMARY KEY, state TEXT NOT NULL, peer TEXT NOT NULL, label TEXT NOT NULL,"                    \
    " level TEXT NOT NULL, model TEXT NOT NULL,"                                                             \
    " created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER NOT NULL,"                  \
    " runs INTEGER NOT NULL, instances INTEGER NOT NULL, bytes INTEGER NOT NULL,"                            \
    " known INTEGER NOT NULL, told INTEGER NOT NULL, remaining INTEGER NOT NULL, failed INTEGER NOT NULL,"   \
    " error_code TEXT NOT NULL, error_status INTEGER NOT NULL, error_retry_after_s INTEGER NOT NULL,"        \
    " error_detail TEXT NOT NULL, outcome TEXT NOT NULL) STRICT, WITHOUT ROWID;"                             \
    "CREATE INDEX jobs_of_state ON jobs (state);"                                                            \
    "CREATE INDEX jobs_of_peer ON jobs (peer);"                                                              \
    "CREATE INDEX jobs_over ON jobs (ended_ms) WHERE state NOT IN ('queued', 'running');"                    \
    "CREATE TABLE orders ("                                                                                  \
    " job TEXT PRIMARY KEY REFERENCES jobs ON DELETE CASCADE,"                                               \
    " overrides TEXT NOT NULL, identifier BLOB NOT NULL, digest INTEGER NOT NULL) STRICT;"                   \
    "CREATE TABLE files ("                                                                                   \
    " job TEXT NOT NULL REFERENCES jobs ON DELETE CASCADE, name TEXT NOT NULL, folder TEXT NOT NULL,"        \
    " bytes INTEGER NOT NULL, sop_class TEXT NOT NULL, sop_instance TEXT NOT NULL,"                          \
    " transfer_syntax TEXT NOT NULL, existing TEXT NOT NULL, is_owned INTEGER NOT NULL,"                     \
    " PRIMARY KEY (job, name, folder DESC)) STRICT, WITHOUT ROWID;"                                          \
    "CREATE INDEX files_of_path ON files (name, folder, is_owned, bytes);" HISTORY_UPLOADS

#define HISTORY_JOB                                                                                          \
    "id, state, peer, label, level, model, created_ms, started_ms, ended_ms, runs, instances, bytes, known," \
    " told, remaining, failed, error_code, error_status, error_retry_after_s, error_detail, outcome"
#define HISTORY_FILE "name, folder, bytes, sop_class, sop_instance, transfer_syntax, existing, is_owned"

/* X(enumerator, text). ..._WRITTEN are about the other jobs that have the path of a file. STORED_BYTES...:
 * where jobs disagree about the size of a path, the largest holds; ..._OF_JOB: how much less it would be
 * without the job. */
#define HISTORY_STATEMENTS(X)                                                                                \
    X(HAS_JOB, "SELECT 1 FROM jobs WHERE id = ?")                                                            \
    X(ADD_JOB, "INSERT INTO jobs VALUES"                                                                     \
               " (?, ?, ?, ?, ?, ?, ?, ?, 0, ?, 0, 0, 0, 0, ?, ?, ?, ?, 0, '', '')")                         \
    X(ADD_ORDER, "INSERT INTO orders VALUES (?, ?, ?, ?)")                                                   \
    X(INTERRUPT, "UPDATE jobs SET state = ?, ended_ms = ?, error_code = ?, error_status = ?,"                \
                 " error_retry_after_s = 0, error_detail = ? WHERE state = ?")                               \
    X(TAKE, "UPDATE jobs SET state = ?, started_ms = ?, ended_ms = 0, runs = runs + 1"                       \
            " WHERE id = (SELECT id FROM jobs WHERE state = ? ORDER BY id LIMIT 1) RETURNING " HISTORY_JOB)  \
    X(CHANGE,                                                                                                \
      "UPDATE jobs SET state = ?, ended_ms = ?, known = max(known, ?), told = ?, remaining = ?, failed = ?," \
      " error_code = ?, error_status = ?, error_retry_after_s = ?, error_detail = ?,"                        \
      " outcome = coalesce(nullif(?, ''), outcome) WHERE id = ? AND state = ?")                              \
    X(SHOW, "SELECT " HISTORY_JOB " FROM jobs WHERE id = ?")                                                 \
    X(SHOW_ORDER, "SELECT overrides, identifier, digest FROM orders WHERE job = ?")                          \
    X(LIST, "SELECT " HISTORY_JOB " FROM jobs WHERE id < ? ORDER BY id DESC LIMIT ?")                        \
    X(LIST_OF_PEER, "SELECT " HISTORY_JOB " FROM jobs WHERE id < ? AND peer = ?"                             \
                    " ORDER BY id DESC LIMIT ?")                                                             \
    X(LIST_OF_STATE, "SELECT " HISTORY_JOB " FROM jobs WHERE id < ? AND state = ?"                           \
                     " ORDER BY id DESC LIMIT ?")                                                            \
    X(LIST_OF_BOTH, "SELECT " HISTORY_JOB " FROM jobs WHERE id < ? AND peer = ? AND state = ?"               \
                    " ORDER BY id DESC LIMIT ?")                                                             \
    X(COUNT, "SELECT count(*) FROM jobs WHERE state = ?")                                                    \
    X(REMOVE, "DELETE FROM jobs WHERE id = ?")                                                               \
    X(NOTE_KNOWN, "UPDATE jobs SET known = ?1 WHERE id = ?2 AND known < ?1")                                 \
    X(REMOVE_FILES, "DELETE FROM files WHERE job = ?1 AND (name, folder) IN"                                 \
                    " (SELECT name, folder FROM files WHERE job = ?1 LIMIT 1000)")                           \
    X(COUNT_FILE, "UPDATE jobs SET instances = instances + ?, bytes = bytes + ? WHERE id = ?")               \
    X(COUNT_WRITTEN,                                                                                         \
      "UPDATE jobs SET bytes = bytes + ?4 - (SELECT f.bytes FROM files f"                                    \
      " WHERE f.job = jobs.id AND f.name = ?2 AND f.folder = ?3) WHERE id IN"                                \
      " (SELECT job FROM files WHERE name = ?2 AND folder = ?3 AND job <> ?1 AND bytes <> ?4)")              \
    X(SET_WRITTEN, "UPDATE files SET bytes = ?4, sop_class = ?5, transfer_syntax = ?6, is_owned = 1"         \
                   " WHERE name = ?2 AND folder = ?3 AND job <> ?1")                                         \
    X(ADD_FILE, "INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 OR EXISTS"          \
                " (SELECT 1 FROM files WHERE name = ?2 AND folder = ?3 AND is_owned = 1))")                  \
    X(LIST_FILES, "SELECT " HISTORY_FILE " FROM files WHERE job = ?1 AND name >= ?2"                         \
                  " AND (name > ?2 OR folder < ?3) ORDER BY name, folder DESC LIMIT ?4")                     \
    X(FIND_FILE, "SELECT " HISTORY_FILE " FROM files WHERE job = ? AND name = ?"                             \
                 " ORDER BY folder DESC LIMIT 1")                                                            \
    X(COUNTS_OF_FILE,                                                                                        \
      "SELECT sop_instance <> '', bytes FROM files WHERE job = ? AND name = ? AND folder = ?")               \
    X(REMOVE_FILE, "DELETE FROM files WHERE job = ? AND name = ? AND folder = ?")                            \
    X(IS_SHARED, "SELECT 1 FROM files WHERE name = ? AND folder = ? AND job <> ? LIMIT 1")                   \
    X(STORED_BYTES, "SELECT coalesce(sum(bytes), 0) FROM"                                                    \
                    " (SELECT max(bytes * is_owned) AS bytes FROM files GROUP BY name, folder)")             \
    X(STORED_BYTES_OF_PATH,                                                                                  \
      "SELECT coalesce(max(bytes * is_owned), 0) FROM files WHERE name = ? AND folder = ?")                  \
    X(STORED_BYTES_OF_JOB,                                                                                   \
      "SELECT coalesce(sum(max(0, f.bytes * f.is_owned - coalesce((SELECT max(o.bytes * o.is_owned)"         \
      " FROM files o WHERE o.name = f.name AND o.folder = f.folder AND o.job <> f.job), 0))), 0)"            \
      " FROM files f WHERE f.job = ?")                                                                       \
    X(LIST_OVER,                                                                                             \
      "SELECT id FROM jobs WHERE state NOT IN ('queued', 'running') AND ended_ms < ? AND bytes >= ?"         \
      " ORDER BY ended_ms, id LIMIT ?")                                                                      \
    X(ADD_UPLOAD, "INSERT OR REPLACE INTO uploads VALUES (?, ?, 0)")                                         \
    X(REMOVE_UPLOAD, "DELETE FROM uploads WHERE key = ? AND upload = ?")                                     \
    X(LEAVE_UPLOADS, "UPDATE uploads SET is_left = 1 WHERE is_left = 0")                                     \
    X(NEXT_UPLOAD, "SELECT key, upload FROM uploads WHERE is_left = 1 AND (key, upload) > (?, ?)"            \
                   " ORDER BY key, upload LIMIT 1")

enum history_statement {
#define HISTORY_ENUM(name, text) HISTORY_##name,
    HISTORY_STATEMENTS(HISTORY_ENUM)
#undef HISTORY_ENUM
        HISTORY_STATEMENT_COUNT
};

#endif
