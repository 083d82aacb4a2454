#include "cgetway/query.h"

#include "cgetway/identifier.h"

enum cgw_code cgw_query_to_json(const struct cgw_query *query, char **ret_json, struct cgw_error *err)
{
    return cgw_identifier_to_json(cgw_query_identifier(query), ret_json, err);
}
