#include "rendered.h"

#include "unit/cmocka_all.h"

#include <stdio.h>

static void say(struct cgw_buffer *text, const char *more)
{
    assert_true(cgw_buffer_append_text(text, more));
}

static void render_element(const struct cgw_element *element, struct cgw_buffer *text)
{
    const struct cgw_vr_info *info = cgw_vr_info_of(element->vr);
    char head[32];
    (void)snprintf(head, sizeof head, "%08X %s ", (unsigned)element->tag, info->name);
    say(text, head);
    if (info->kind == CGW_VR_TEXT && element->length > 0)
        assert_true(cgw_buffer_append(text, element->value, element->length));
    for (size_t i = 0; info->kind != CGW_VR_TEXT && i < element->length; i++) {
        (void)snprintf(head, sizeof head, "%02X", element->value[i]);
        say(text, head);
    }
    for (size_t i = 0; i < element->item_count; i++) {
        say(text, "{");
        render(&element->items[i], text);
        say(text, "}");
    }
}

void render(const struct cgw_data_set *data_set, struct cgw_buffer *text)
{
    for (size_t i = 0; i < data_set->count; i++) {
        if (i > 0)
            say(text, ", ");
        render_element(&data_set->elements[i], text);
    }
}
