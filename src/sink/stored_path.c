#include "stored_path.h"

#include "cgetway/uid.h"

#include <stdio.h>
#include <string.h>

void stored_name_write(char name[FILE_NAME_BYTES], const char *sop_class, const char *sop_instance)
{
    (void)snprintf(name, FILE_NAME_BYTES, "%s.%s", cgw_file_prefix(sop_class), sop_instance);
}

void stored_path_write(char path[CGW_STORED_PATH_BYTES], const char *label, const char *folder,
                       const char *name)
{
    (void)snprintf(path, CGW_STORED_PATH_BYTES, "%s%s%s%s%s", label, label[0] != '\0' ? "/" : "", folder,
                   folder[0] != '\0' ? "/" : "", name);
}

/* Goes on behind the first component; false: there is no other behind it, or it is not that. */
static bool skip_text(const char **path, const char *text)
{
    size_t length = strlen(text);
    if (strncmp(*path, text, length) != 0 || (*path)[length] != '/')
        return false;
    *path += length + 1;
    return true;
}

static bool skip_uid(const char **path)
{
    size_t length = strcspn(*path, "/");
    if (!cgw_uid_is_safe(*path, length) || (*path)[length] != '/')
        return false;
    *path += length + 1;
    return true;
}

static bool is_instance_name(const char *name)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t prefix = strspn(name, allowed);
    if (prefix == 0 || prefix > CGW_FILE_PREFIX_MAX_LENGTH || name[prefix] != '.')
        return false;
    const char *uid = name + prefix + 1;
    return cgw_uid_is_safe(uid, strlen(uid));
}

bool stored_path_read(const char *path, const char *label, char ret_folder[FOLDER_NAME_BYTES],
                      const char **ret_name)
{
    if (label[0] != '\0' && !skip_text(&path, label))
        return false;
    const char *name = path;
    if (!skip_text(&name, FOLDER_UNKNOWN) && skip_uid(&name) && !skip_uid(&name))
        return false; /* a study without a series */
    size_t folder_length = name == path ? 0 : (size_t)(name - path) - 1;
    (void)snprintf(ret_folder, FOLDER_NAME_BYTES, "%.*s", (int)folder_length, path);
    *ret_name = name;
    return is_instance_name(name);
}

bool stored_path_is_plain(const char *path)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t length = strlen(path);
    if (length >= CGW_STORED_PATH_BYTES)
        return false;
    for (;;) {
        size_t component = strspn(path, allowed);
        if (component == 0 || path[0] == '.' || (path[component] != '\0' && path[component] != '/'))
            return false;
        if (path[component] == '\0')
            return true;
        path += component + 1;
    }
}
