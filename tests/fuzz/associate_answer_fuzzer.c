/* The answer to an association request. The first byte says how it is read: as an acceptance of a GET class
 * and of storage classes, or as a rejection. */
#include "fuzz/fuzz.h"

#include "cgetway/associate.h"
#include "cgetway/sop_class.h"
#include "cgetway/transfer_syntax.h"

#include <string.h>

static void check_context(const struct cgw_context *context, const struct cgw_context_answer *answer)
{
    bool offered = answer->result != CGW_CONTEXT_ACCEPTED;
    for (size_t i = 0; !offered && i < context->transfer_syntax_count; i++)
        offered = strcmp(context->transfer_syntaxes[i], answer->transfer_syntax) == 0;
    FUZZ_DEMAND(offered);
    FUZZ_DEMAND(cgw_context_result_meaning(answer->result)[0] != '\0');
}

static size_t make_contexts(struct cgw_context contexts[CGW_MAX_CONTEXTS])
{
    static const char *const syntaxes[] = {CGW_TS_EXPLICIT_LE, CGW_TS_IMPLICIT_LE};
    size_t count = 1;
    contexts[0] = (struct cgw_context){1, CGW_ROLE_NONE, CGW_SOP_STUDY_ROOT_GET, syntaxes, 2};
    for (; count <= cgw_storage_class_count && count < CGW_MAX_CONTEXTS; count++)
        contexts[count] = (struct cgw_context){(uint8_t)(2 * count + 1), CGW_ROLE_SCP,
                                               cgw_storage_classes[count - 1].uid, syntaxes, 2};
    return count;
}

static void check_accept(const uint8_t *body, size_t length)
{
    struct cgw_context contexts[CGW_MAX_CONTEXTS];
    size_t count = make_contexts(contexts);
    struct cgw_associate_answer answer;
    struct cgw_error err = CGW_ERROR_INIT;
    struct cgw_associate_request request = {.contexts = contexts,
                                            .context_count = count,
                                            .extended_class = CGW_SOP_STUDY_ROOT_GET,
                                            .user_identity = {.type = 1, .wants_response = true}};
    if (cgw_associate_accept_decode(body, length, &request, &answer, &err) != CGW_OK) {
        FUZZ_DEMAND(err.code == CGW_E_PROTOCOL_ERROR && err.detail[0] != '\0');
        return;
    }
    for (size_t i = 0; i < count; i++)
        check_context(&contexts[i], &answer.contexts[contexts[i].id / 2]);
    for (size_t i = count; i < CGW_MAX_CONTEXTS; i++)
        FUZZ_DEMAND(answer.contexts[i].result == CGW_CONTEXT_NOT_ANSWERED);
    FUZZ_DEMAND(strnlen(answer.implementation_version, sizeof answer.implementation_version) <= 16);
    FUZZ_DEMAND(answer.implementation_class[0] == '\0' ||
                cgw_uid_is_safe(answer.implementation_class, strlen(answer.implementation_class)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cgw_error err = CGW_ERROR_INIT;
    if (size == 0)
        return 0;
    if (data[0] % 2 == 0)
        check_accept(data + 1, size - 1);
    else
        FUZZ_DEMAND(cgw_associate_reject_decode(data + 1, size - 1, &err) != CGW_OK && err.detail[0] != '\0');
    return 0;
}
