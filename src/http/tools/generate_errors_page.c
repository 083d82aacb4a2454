/* Writes the tables of api/errors.md from those of the program: see base/tools/generated_page.h. */
#include "base/tools/generated_page.h"

#include "cgetway/error.h"
#include "cgetway/ledger.h"
#include "cgetway/query.h"
#include "cgetway/retrieve.h"

static void write_errors(FILE *out)
{
    (void)fputs("\n| code | status | title | what to do |\n|---|---|---|---|\n", out);
    for (int code = CGW_OK + 1; code < CGW_CODE_COUNT; code++)
        (void)fprintf(out, "| `%s` | %d | %s | %s |\n", cgw_code_name((enum cgw_code)code),
                      cgw_code_http_status((enum cgw_code)code), cgw_code_title((enum cgw_code)code),
                      cgw_code_hint((enum cgw_code)code));
    (void)fputs("\n", out);
}

static void write_key_errors(FILE *out)
{
    (void)fputs("\n| code | means |\n|---|---|\n", out);
#define KEY_ERROR_ROW(code, meaning) (void)fprintf(out, "| `%s` | %s |\n", code, meaning);
    CGW_KEY_ERRORS(KEY_ERROR_ROW)
#undef KEY_ERROR_ROW
    (void)fputs("\n", out);
}

static void write_entry_results(FILE *out)
{
    (void)fputs("\n| result | means |\n|---|---|\n", out);
#define ENTRY_RESULT_ROW(name, text, meaning) (void)fprintf(out, "| `%s` | %s |\n", text, meaning);
    CGW_ENTRY_RESULTS(ENTRY_RESULT_ROW)
#undef ENTRY_RESULT_ROW
    (void)fputs("\n", out);
}

static void write_missing_reasons(FILE *out)
{
    (void)fputs("\n| reason | means |\n|---|---|\n", out);
#define MISSING_REASON_ROW(name, text, meaning) (void)fprintf(out, "| `%s` | %s |\n", text, meaning);
    CGW_MISSING_REASONS(MISSING_REASON_ROW)
#undef MISSING_REASON_ROW
    (void)fputs("\n", out);
}

int main(int argc, char **argv)
{
    static const struct page_part parts[] = {{"errors", write_errors},
                                             {"key errors", write_key_errors},
                                             {"results", write_entry_results},
                                             {"missing", write_missing_reasons}};

    return page_main(argc, argv, "generate-errors-page", parts, sizeof parts / sizeof parts[0]);
}
