/* Private to the shim: a DcmDataset made from a cgw_data_set. */
#ifndef CGW_DCMTK_SHIM_DCM_DATA_SET_H
#define CGW_DCMTK_SHIM_DCM_DATA_SET_H

#include "cgetway/data_set.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

namespace cgw
{

enum class Purpose {
    encode,
    /* Text becomes UTF-8, which DCMTK's own conversion cannot do for ISO 2022 terms, ISO_IR 203 and items
     * with a character set of their own. Decimal strings are rewritten where DCMTK would print what is no
     * JSON number. */
    json,
};

/* Throws std::bad_alloc, or OFCondition where DCMTK refuses. target must be empty. */
void fill(DcmItem &target, const struct cgw_data_set &source, Purpose purpose);

} // namespace cgw

#endif
