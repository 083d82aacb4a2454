/* A command set that is decoded can be encoded and decoded again, to the same. */
#include "fuzz/fuzz.h"

#include "cgetway/dimse.h"
#include "cgetway/status.h"

#include <string.h>

static void check_text(const struct cgw_command *command)
{
    size_t comment = strnlen(command->error_comment, sizeof command->error_comment);
    FUZZ_DEMAND(comment < sizeof command->error_comment);
    for (size_t i = 0; i < comment; i++)
        FUZZ_DEMAND(command->error_comment[i] >= 0x20 && command->error_comment[i] < 0x7F);
    FUZZ_DEMAND(command->sop_class[0] == '\0' ||
                cgw_uid_is_safe(command->sop_class, strlen(command->sop_class)));
    FUZZ_DEMAND(command->sop_instance[0] == '\0' ||
                cgw_uid_is_safe(command->sop_instance, strlen(command->sop_instance)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cgw_command command, again;
    struct cgw_error err = CGW_ERROR_INIT;
    uint8_t bytes[CGW_COMMAND_MAX_BYTES], same[CGW_COMMAND_MAX_BYTES];
    if (cgw_command_decode(data, size, &command, &err) != CGW_OK) {
        FUZZ_DEMAND(err.code == CGW_E_PROTOCOL_ERROR && err.detail[0] != '\0');
        return 0;
    }
    check_text(&command);
    FUZZ_DEMAND(cgw_status_info(command.status)->meaning[0] != '\0');
    size_t length = cgw_command_encode(&command, bytes, sizeof bytes);
    FUZZ_DEMAND(length > 0 && length % 2 == 0);
    FUZZ_DEMAND(cgw_command_decode(bytes, length, &again, &err) == CGW_OK);
    /* A comment may end in blanks, which are padding. */
    FUZZ_DEMAND(strncmp(command.error_comment, again.error_comment, strlen(again.error_comment)) == 0);
    memcpy(again.error_comment, command.error_comment, sizeof again.error_comment);
    FUZZ_DEMAND(again.present == command.present);
    FUZZ_DEMAND(cgw_command_encode(&again, same, sizeof same) == length && memcmp(same, bytes, length) == 0);
    return 0;
}
