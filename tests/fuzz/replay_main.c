/* Runs a fuzz target once over each file that is named: what libFuzzer's own main does with a corpus, for
 * compilers without libFuzzer. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { MAX_FILE_BYTES = 16 * 1024 * 1024 };

static int replay(const char *path)
{
    FILE *file = fopen(path, "rbe");
    uint8_t *data = malloc(MAX_FILE_BYTES);
    if (file == NULL || data == NULL) {
        (void)fprintf(stderr, "%s cannot be read\n", path);
        free(data);
        if (file != NULL)
            (void)fclose(file);
        return 1;
    }
    size_t size = fread(data, 1, MAX_FILE_BYTES, file);
    (void)fclose(file);
    /* A copy of the exact size, so that the sanitizers see a byte too far. */
    uint8_t *exact = realloc(data, size > 0 ? size : 1);
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (LLVMFuzzerInitialize != NULL && LLVMFuzzerInitialize(&argc, &argv) != 0)
        return 1;
    for (int i = 1; i < argc; i++)
        failed += replay(argv[i]);
    return failed != 0;
}
