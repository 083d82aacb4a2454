/* Private to the shim: person names in JSON. */
#ifndef CGW_DCMTK_SHIM_PERSON_NAMES_H
#define CGW_DCMTK_SHIM_PERSON_NAMES_H

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"

namespace cgw
{

/* VR PN. DCMTK's own looks for the end of the value field at each component of each name, which takes seconds
 * for a long one of a peer. The JSON is the same. */
class PersonNames : public DcmPersonName
{
  public:
    using DcmPersonName::DcmPersonName;

    OFCondition writeJson(std::ostream &out, DcmJsonFormat &format) override;
};

} // namespace cgw

#endif
