/*
 * Cleanup declared beside acquisition: `CGW_AUTO(json) json_t *body = ...;` releases the variable when it
 * goes out of scope. CGW_DEFINE_AUTO(name, type, destroy) makes the glue; destroy must take NULL. C only (GNU
 * attribute); C++ code in the shim uses destructors.
 */
#ifndef CGETWAY_CLEANUP_H
#define CGETWAY_CLEANUP_H

#define CGW_DEFINE_AUTO(name, type, destroy)                                                                 \
    static inline void cgw_auto_##name(type *variable)                                                       \
    {                                                                                                        \
        destroy(*variable);                                                                                  \
    }

#define CGW_AUTO(name) __attribute__((cleanup(cgw_auto_##name)))

/* For what malloc returned: CGW_AUTO_FREE char *text = NULL; */
void cgw_auto_free_pointer(void *variable);
#define CGW_AUTO_FREE __attribute__((cleanup(cgw_auto_free_pointer)))

/* For descriptors: closed unless negative. CGW_AUTO_CLOSE int fd = -1; */
void cgw_auto_close_fd(int *fd);
#define CGW_AUTO_CLOSE __attribute__((cleanup(cgw_auto_close_fd)))

#endif
