#include "unit/cmocka_all.h"

#include "http/form_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES(text) text, sizeof(text) - 1
#define NAMED(name) "Content-Disposition: form-data; name=\"" name "\"\r\n"
#define TEXT_70 "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct {
    const char *content_type, *boundary; /* boundary NULL: refused */
} types[] = {
    {"multipart/form-data; boundary=abc", "abc"},
    {"multipart/form-data;boundary=abc", "abc"},
    {"multipart/form-data ; charset=utf-8 ; Boundary=\"a b:?\"", "a b:?"},
    {"multipart/form-data; boundary=" TEXT_70, TEXT_70},
    {"multipart/form-data; boundary=x" TEXT_70, NULL},
    {"multipart/form-data", NULL},
    {"multipart/form-data;", NULL},
    {"multipart/form-data; boundary", NULL},
    {"multipart/form-data; boundary=", NULL},
    {"multipart/form-data; boundary=\"\"", NULL},
    {"multipart/form-data; boundary=\"a", NULL},
    {"multipart/form-data; boundary=\"a\\", NULL},
    {"multipart/form-data; boundary=\"a \"", NULL},
    {"multipart/form-data; boundary=\"a\\\"b\"", NULL},
    {"multipart/form-data; boundary=a; boundary=b", NULL},
    {"multipart/form-data; boundary=a b", NULL},
    {"multipart/form-data; boundary=\"a\r\nb\"", NULL},
};

static void the_boundary_is_found_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        char boundary[FORM_BOUNDARY_BYTES];
        struct cgw_error err = CGW_ERROR_INIT;
        enum cgw_code code = form_boundary(types[i].content_type, boundary, &err);
        assert_int_equal(err.code, code);
        if (code != (types[i].boundary != NULL ? CGW_OK : CGW_E_BAD_REQUEST))
            fail_msg("%s: %s", types[i].content_type, err.detail);
        if (types[i].boundary != NULL)
            assert_string_equal(boundary, types[i].boundary);
    }
}

static const struct {
    const char *what;
    const char *bytes;
    size_t length;
    const char *parts; /* "name=bytes;type=type|..."; NULL: refused */
    const char *says;
} rows[] = {
    {"no part", BYTES("--b--"), "", NULL},
    {"one part", BYTES("--b\r\n" NAMED("a") "\r\nxyz\r\n--b--\r\n"), "a=xyz", NULL},
    {"an empty part", BYTES("--b\r\n" NAMED("a") "\r\n\r\n--b--\r\n"), "a=", NULL},
    {"as curl writes it",
     BYTES("--b\r\nContent-Disposition: form-data; name=\"identifier\"; filename=\"q\\\"y.dcm\"\r\n"
           "Content-Type: application/octet-stream\r\n\r\nDICM\r\n"
           "--b\r\n" NAMED("keys") "Content-Type: application/json\r\n\r\n{}\r\n--b--\r\n"),
     "identifier=DICM;type=application/octet-stream|keys={};type=application/json", NULL},
    {"line ends, and what looks like boundaries, within a part",
     BYTES("--b\r\n" NAMED("a") "\r\n\r\n--a\n--b\r--b--\r\n\r\n--b--"), "a=\r\n--a\n--b\r--b--\r\n", NULL},
    {"blanks behind a boundary", BYTES("--b \t\r\n" NAMED("a") "\r\nx\r\n--b--"), "a=x", NULL},
    {"names of any case, tokens, other fields",
     BYTES("--b\r\ncontent-DISPOSITION:Form-Data;NAME=a\r\nX-Other: 1\r\n"
           "content-transfer-encoding: BINARY\r\n\r\nx\r\n--b--"),
     "a=x", NULL},

    {"nothing", BYTES(""), NULL, "does not begin with the boundary"},
    {"another boundary", BYTES("--c--"), NULL, "does not begin with the boundary"},
    {"a preamble", BYTES("x\r\n--b--"), NULL, "does not begin with the boundary"},
    {"an epilogue", BYTES("--b--\r\nx"), NULL, "behind the end of the form"},
    {"a longer boundary", BYTES("--bb\r\n" NAMED("a") "\r\nx\r\n--bb--"), NULL, "not the end of its line"},
    {"a boundary within a part", BYTES("--b\r\n" NAMED("a") "\r\nx\r\n--bad\r\n--b--"), NULL,
     "not the end of its line"},
    {"no end", BYTES("--b\r\n" NAMED("a") "\r\nx"), NULL, "ends inside the part \"a\""},
    {"half an end", BYTES("--b\r\n" NAMED("a") "\r\nx\r\n--b-"), NULL, "not the end of its line"},
    {"no header", BYTES("--b\r\n\r\nx\r\n--b--"), NULL, "one Content-Disposition"},
    {"half a header", BYTES("--b\r\n" NAMED("a")), NULL, "ends inside the header"},
    {"no name", BYTES("--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"an empty name", BYTES("--b\r\n" NAMED("") "\r\nx\r\n--b--"), NULL, "one Content-Disposition"},
    {"two names", BYTES("--b\r\nContent-Disposition: form-data; name=a; name=b\r\n\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"a name of 64 characters", BYTES("--b\r\n" NAMED("x" TEXT_70) "\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"two dispositions", BYTES("--b\r\n" NAMED("a") NAMED("b") "\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"another disposition", BYTES("--b\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"another disposition that begins alike",
     BYTES("--b\r\nContent-Disposition: form-dataset; name=a\r\n\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"a part twice", BYTES("--b\r\n" NAMED("a") "\r\nx\r\n--b\r\n" NAMED("a") "\r\ny\r\n--b--"), NULL,
     "the part \"a\" twice"},
    {"base64", BYTES("--b\r\n" NAMED("a") "Content-Transfer-Encoding: base64\r\n\r\nx\r\n--b--"), NULL,
     "Content-Transfer-Encoding"},
    {"two types", BYTES("--b\r\n" NAMED("a") "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--"),
     NULL, "too much of Content-Type"},
    {"a folded line", BYTES("--b\r\nContent-Disposition: form-data;\r\n name=a\r\n\r\nx\r\n--b--"), NULL,
     "one Content-Disposition"},
    {"a blank before the colon", BYTES("--b\r\nContent-Disposition : form-data; name=a\r\n\r\nx\r\n--b--"),
     NULL, "malformed"},
    {"NUL in a header", BYTES("--b\r\nX: \0\r\n\r\nx\r\n--b--"), NULL, "malformed"},
    {"a bare line feed in a header", BYTES("--b\r\nX: a\nb\r\n\r\nx\r\n--b--"), NULL, "malformed"},
};

static void show(const struct form_data *form, char text[static 512])
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < form->count; i++) {
        const struct form_part *part = &form->parts[i];
        length += (size_t)snprintf(text + length, 512 - length, "%s%s=%.*s%s%s", i > 0 ? "|" : "", part->name,
                                   (int)part->length, (const char *)part->bytes,
                                   part->content_type[0] != '\0' ? ";type=" : "", part->content_type);
        assert_true(length < 512);
    }
}

static void a_form_is_taken_apart_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512];
        struct form_data form;
        struct cgw_error err = CGW_ERROR_INIT;
        uint8_t *bytes = malloc(rows[i].length + 1);
        assert_non_null(bytes);
        memcpy(bytes + 1, rows[i].bytes, rows[i].length);
        enum cgw_code code = form_parse(bytes + 1, rows[i].length, "b", &form, &err);
        if (code != (rows[i].parts != NULL ? CGW_OK : CGW_E_BAD_REQUEST) || err.code != code)
            fail_msg("%s: %s", rows[i].what, err.detail);
        if (rows[i].says != NULL && strstr(err.detail, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].what, err.detail);
        if (code == CGW_OK) {
            show(&form, text);
            if (strcmp(text, rows[i].parts) != 0)
                fail_msg("%s: %s", rows[i].what, text);
        }
        free(bytes);
    }
}

static enum cgw_code parse_many(size_t parts, size_t line_bytes, struct cgw_error *err)
{
    static char body[64 * 1024];
    struct form_data form;
    size_t length = 0;
    for (size_t i = 0; i < parts; i++) {
        length += (size_t)snprintf(
            body + length, sizeof body - length,
            "--b\r\nContent-Disposition: form-data; name=a%zu\r\nX: %0*d\r\nY: %0*d\r\n"
            "Z: %0*d\r\nW: %0*d\r\n\r\nx\r\n",
            i, (int)line_bytes, 0, (int)line_bytes, 0, (int)line_bytes, 0, (int)line_bytes, 0);
        assert_true(length < sizeof body);
    }
    length += (size_t)snprintf(body + length, sizeof body - length, "--b--");
    return form_parse((const uint8_t *)body, length, "b", &form, err);
}

static void parts_and_headers_are_bounded(void **state)
{
    struct cgw_error err = CGW_ERROR_INIT;
    (void)state;
    assert_int_equal(parse_many(FORM_MAX_PARTS, 500, &err), CGW_OK);
    assert_int_equal(parse_many(FORM_MAX_PARTS + 1, 500, &err), CGW_E_BAD_REQUEST);
    assert_non_null(strstr(err.detail, "more than 8 parts"));
    err = (struct cgw_error)CGW_ERROR_INIT;
    assert_int_equal(parse_many(1, 1021, &err), CGW_E_BAD_REQUEST);
    assert_non_null(strstr(err.detail, "too long"));
    assert_int_equal(parse_many(1, 1015, NULL), CGW_E_BAD_REQUEST); /* each line fits, all do not */
    assert_int_equal(parse_many(1, 1000, NULL), CGW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_boundary_is_found_or_refused),
        cmocka_unit_test(a_form_is_taken_apart_or_refused),
        cmocka_unit_test(parts_and_headers_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
