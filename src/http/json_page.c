#include "json_page.h"

#include "respond.h"

#include "cgetway/cleanup.h"
#include "cgetway/json_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 64 * 1024 };

struct page {
    struct request *request; /* whose exchange this is */
    size_t limit, count;
    struct json_page_items items;
    json_t *item;                  /* taken from the items and not written; NULL: there is none */
    char key[JSON_PAGE_KEY_BYTES]; /* of the last that was written */
    char key_of_item[JSON_PAGE_KEY_BYTES];
    struct cgw_buffer text; /* written, and given out up to given */
    size_t given;
    bool is_written; /* to the end */
};

static void page_free(void *context)
{
    struct page *page = context;
    page->items.free(page->items.context);
    json_decref(page->item);
    cgw_buffer_release(&page->text);
    free(page);
}

static enum cgw_code take_item(struct page *page, struct cgw_error *err)
{
    const char *key = "";
    enum cgw_code code = page->items.next(page->items.context, &page->item, &key, err);
    if (code == CGW_OK)
        (void)snprintf(page->key_of_item, sizeof page->key_of_item, "%s", key);
    return code;
}

static bool append_json(struct page *page, const json_t *value)
{
    CGW_AUTO_FREE char *text = cgw_json_text(value, JSON_COMPACT | JSON_ENCODE_ANY);
    return text != NULL && cgw_buffer_append_text(&page->text, text);
}

static bool write_beginning(struct page *page, const char *member)
{
    char replica[sizeof "\"replica\":,\"" + 20] = "\"";
    if (page->items.replica != 0)
        (void)snprintf(replica, sizeof replica, "\"replica\":%lld,\"", (long long)page->items.replica);
    return cgw_buffer_append_text(&page->text, "{") && cgw_buffer_append_text(&page->text, replica) &&
           cgw_buffer_append_text(&page->text, member) && cgw_buffer_append_text(&page->text, "\":[");
}

/* The item, and takes the next one. */
static enum cgw_code write_item(struct page *page, struct cgw_error *err)
{
    bool good =
        cgw_buffer_append_text(&page->text, page->count > 0 ? ",\n" : "\n") && append_json(page, page->item);
    json_decref(page->item);
    page->item = NULL;
    page->count++;
    memcpy(page->key, page->key_of_item, sizeof page->key);
    if (!good)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the list");
    return take_item(page, err);
}

static enum cgw_code write_end(struct page *page, struct cgw_error *err)
{
    json_t *next = page->item != NULL ? json_string(page->key) : json_null();
    bool good = cgw_buffer_append_text(&page->text, "\n],\"next\":") && append_json(page, next) &&
                cgw_buffer_append_text(&page->text, "}\n");
    json_decref(next);
    page->is_written = true;
    return good ? CGW_OK : cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the list");
}

static ssize_t read_page(void *context, uint64_t position, char *bytes, size_t capacity)
{
    struct page *page = context;
    (void)position;
    if (page->text.length == 0 && page->is_written)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (page->text.length == 0) {
        struct cgw_error err = CGW_ERROR_INIT;
        bool has_more = page->item != NULL && page->count < page->limit;
        if ((has_more ? write_item(page, &err) : write_end(page, &err)) != CGW_OK) {
            request_note_error(page->request, &err);
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
    }
    return (ssize_t)cgw_buffer_give(&page->text, &page->given, bytes, capacity);
}

enum MHD_Result respond_json_page(struct request *request, const char *member, size_t limit,
                                  struct json_page_items items)
{
    struct cgw_error err = CGW_ERROR_INIT;
    struct page *page = calloc(1, sizeof *page);
    if (page == NULL) {
        items.free(items.context);
        return respond_no_memory(request);
    }
    page->request = request;
    page->limit = limit;
    page->items = items;
    page->text = (struct cgw_buffer)CGW_BUFFER_INIT(TEXT_MAX_BYTES);
    request->exchange = page;
    request->free_exchange = page_free;
    if (take_item(page, &err) != CGW_OK)
        return respond_problem(request, &err, NULL);
    if (!write_beginning(page, member))
        return respond_no_memory(request);
    return respond_reader(request, MHD_HTTP_OK, "application/json", NULL, NULL, read_page, page);
}
