#include "cgetway/status.h"

#include <stddef.h>
#include <stdio.h>

/* The first row that holds the code wins: single codes stand before the ranges around them. */
static const struct cgw_status_info rows[] = {
    {0x0000, 0x0000, CGW_STATUS_SUCCESS, CGW_OK, "Success"},
    {0xFF00, 0xFF01, CGW_STATUS_PENDING, CGW_OK, "Pending: sub-operations are continuing"},
    {0xFE00, 0xFE00, CGW_STATUS_CANCEL, CGW_E_INCOMPLETE, "Cancel: sub-operations were terminated"},
    {0xB000, 0xB000, CGW_STATUS_WARNING, CGW_E_INCOMPLETE, "Warning: sub-operations complete, some failed"},
    {0xB001, 0xBFFF, CGW_STATUS_WARNING, CGW_E_INCOMPLETE, "Warning"},
    {0x0001, 0x0001, CGW_STATUS_WARNING, CGW_E_INCOMPLETE, "Warning"},
    {0x0107, 0x0107, CGW_STATUS_WARNING, CGW_E_INCOMPLETE, "Warning: attribute list error"},
    {0x0116, 0x0116, CGW_STATUS_WARNING, CGW_E_INCOMPLETE, "Warning: attribute value out of range"},
    {0x0110, 0x0110, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Processing failure"},
    {0x0112, 0x0112, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "No such SOP instance"},
    {0x0122, 0x0122, CGW_STATUS_FAILURE, CGW_E_GET_NOT_SUPPORTED, "Refused: SOP class not supported"},
    {0x0124, 0x0124, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Refused: not authorized"},
    {0x0210, 0x0210, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Duplicate invocation"},
    {0x0211, 0x0211, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Unrecognized operation"},
    {0x0212, 0x0212, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Mistyped argument"},
    {0xA701, 0xA701, CGW_STATUS_FAILURE, CGW_E_PEER_OUT_OF_RESOURCES,
     "Refused: out of resources, unable to calculate number of matches"},
    {0xA702, 0xA702, CGW_STATUS_FAILURE, CGW_E_PEER_OUT_OF_RESOURCES,
     "Refused: out of resources, unable to perform sub-operations"},
    {0xA700, 0xA7FF, CGW_STATUS_FAILURE, CGW_E_PEER_OUT_OF_RESOURCES, "Refused: out of resources"},
    {0xA900, 0xA9FF, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Identifier does not match SOP class"},
    {0xAA00, 0xAA00, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "None of the frames requested were found"},
    {0xAA01, 0xAA01, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Unable to create new object for this SOP class"},
    {0xAA02, 0xAA02, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Unable to extract frames"},
    {0xAA03, 0xAA03, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED,
     "Time-based request for an original SOP instance that is not time-based"},
    {0xAA04, 0xAA04, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Invalid request"},
    {0xA000, 0xAFFF, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Failure"},
    {0xC000, 0xCFFF, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED, "Unable to process"},
    {0x0000, 0xFFFF, CGW_STATUS_FAILURE, CGW_E_PEER_FAILED,
     "Failure with a status that DICOM does not define"},
};

const struct cgw_status_info *cgw_status_info(uint16_t status)
{
    size_t i = 0;
    while (status < rows[i].first || status > rows[i].last)
        i++; /* the last row holds every code */
    return &rows[i];
}

void cgw_status_to_text(uint16_t status, char text[CGW_STATUS_TEXT_BYTES])
{
    (void)snprintf(text, CGW_STATUS_TEXT_BYTES, "%04X", status);
}
