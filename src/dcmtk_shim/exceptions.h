/* Private to the shim: no exception passes an entry point. Wraps a body that returns enum cgw_code. */
#ifndef CGW_DCMTK_SHIM_EXCEPTIONS_H
#define CGW_DCMTK_SHIM_EXCEPTIONS_H

#include "cgetway/error.h"

#include <new>

namespace cgw
{

template <typename Body> enum cgw_code guarded(struct cgw_error *err, Body body) noexcept
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the data set");
    } catch (...) {
        return cgw_fail(err, CGW_E_INTERNAL, "DCMTK threw an exception");
    }
}

} // namespace cgw

#endif
