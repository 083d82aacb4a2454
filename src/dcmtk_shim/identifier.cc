#include "cgetway/identifier.h"

#include "cgetway/dicom_json.h"
#include "cgetway/transfer_syntax.h"
#include "dcm_data_set.h"
#include "exceptions.h"

#include "dcmtk/dcmdata/dcostrmb.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace
{

struct Syntax {
    const char *uid;
    E_TransferSyntax xfer;
};

constexpr Syntax syntaxes[] = {
    {CGW_TS_IMPLICIT_LE, EXS_LittleEndianImplicit},
    {CGW_TS_EXPLICIT_LE, EXS_LittleEndianExplicit},
    {CGW_TS_DEFLATED, EXS_DeflatedLittleEndianExplicit},
    {CGW_TS_EXPLICIT_BE, EXS_BigEndianExplicit},
};

const Syntax *find_syntax(const char *uid)
{
    for (const Syntax &syntax : syntaxes) {
        if (std::strcmp(syntax.uid, uid) == 0)
            return &syntax;
    }
    return nullptr;
}

void drain(DcmOutputBufferStream &stream, std::string &target)
{
    void *bytes = nullptr;
    offile_off_t length = 0;
    stream.flushBuffer(bytes, length);
    target.append(static_cast<const char *>(bytes), static_cast<std::size_t>(length));
}

/* DCMTK writes into a buffer of fixed size and says EC_StreamNotifyClient when it is full. */
OFCondition write(DcmDataset &data_set, E_TransferSyntax xfer, std::string &target)
{
    std::vector<char> chunk(16384);
    DcmOutputBufferStream stream(chunk.data(), static_cast<offile_off_t>(chunk.size()));
    OFCondition condition;
    data_set.transferInit();
    do {
        condition = data_set.write(stream, xfer, EET_ExplicitLength, nullptr, EGL_withoutGL, EPD_noChange);
        drain(stream, target);
    } while (condition == EC_StreamNotifyClient);
    data_set.transferEnd();
    stream.flush();
    while (condition.good() && !stream.isFlushed()) {
        drain(stream, target);
        stream.flush();
    }
    drain(stream, target);
    return condition;
}

enum cgw_code give_copy(const std::string &bytes, uint8_t **ret_copy, struct cgw_error *err)
{
    auto *copy = static_cast<uint8_t *>(std::malloc(bytes.size() + 1));
    if (copy == nullptr)
        return cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the encoded Identifier");
    std::memcpy(copy, bytes.c_str(), bytes.size() + 1);
    *ret_copy = copy;
    return CGW_OK;
}

enum cgw_code encode(const struct cgw_data_set &source, E_TransferSyntax xfer, std::string &target,
                     struct cgw_error *err)
{
    try {
        DcmDataset data_set;
        cgw::fill(data_set, source);
        const OFCondition condition = write(data_set, xfer, target);
        if (condition.good())
            return CGW_OK;
        return cgw_fail(err, CGW_E_INTERNAL, "DCMTK cannot encode the Identifier: %s", condition.text());
    } catch (const OFCondition &condition) {
        return cgw_fail(err, CGW_E_INTERNAL, "DCMTK refuses an element: %s", condition.text());
    }
}

} // namespace

extern "C" enum cgw_code cgw_identifier_encode(const struct cgw_data_set *identifier,
                                               const char *transfer_syntax, uint8_t **ret_bytes,
                                               size_t *ret_length, struct cgw_error *err)
{
    return cgw::guarded(err, [=] {
        const Syntax *syntax = find_syntax(transfer_syntax);
        if (syntax == nullptr)
            return cgw_fail(err, CGW_E_INTERNAL, "an Identifier is not encoded in this transfer syntax");
        std::string bytes;
        enum cgw_code code = encode(*identifier, syntax->xfer, bytes, err);
        if (code == CGW_OK)
            code = give_copy(bytes, ret_bytes, err);
        if (code == CGW_OK)
            *ret_length = bytes.size();
        return code;
    });
}

extern "C" enum cgw_code cgw_identifier_to_json(const struct cgw_data_set *identifier, char **ret_json,
                                                struct cgw_error *err)
{
    struct cgw_buffer json = CGW_BUFFER_INIT(SIZE_MAX / 2);
    enum cgw_code code = cgw_dicom_json_write(identifier, nullptr, &json, err);
    if (code == CGW_OK && !cgw_buffer_append(&json, "", 1))
        code = cgw_fail(err, CGW_E_OUT_OF_MEMORY, "no memory for the JSON of an Identifier");
    if (code == CGW_OK)
        *ret_json = reinterpret_cast<char *>(json.bytes);
    else
        cgw_buffer_release(&json);
    return code;
}
