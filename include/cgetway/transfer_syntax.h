/* Transfer syntaxes (PS3.5 A, PS3.6 A): their UIDs and what each means for the bytes of a data set. */
#ifndef CGETWAY_TRANSFER_SYNTAX_H
#define CGETWAY_TRANSFER_SYNTAX_H

#ifdef __cplusplus
extern "C" {
#endif

#define CGW_TS_IMPLICIT_LE "1.2.840.10008.1.2"
#define CGW_TS_EXPLICIT_LE "1.2.840.10008.1.2.1"
#define CGW_TS_DEFLATED "1.2.840.10008.1.2.1.99"
#define CGW_TS_EXPLICIT_BE "1.2.840.10008.1.2.2"

#ifdef __cplusplus
}
#endif
#endif
