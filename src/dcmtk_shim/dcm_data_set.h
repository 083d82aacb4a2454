/* Private to the shim: a DcmDataset made from a cgw_data_set. */
#ifndef CGW_DCMTK_SHIM_DCM_DATA_SET_H
#define CGW_DCMTK_SHIM_DCM_DATA_SET_H

#include "cgetway/data_set.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

namespace cgw
{

/* Throws std::bad_alloc, or OFCondition where DCMTK refuses. target must be empty. */
void fill(DcmItem &target, const struct cgw_data_set &source);

} // namespace cgw

#endif
