"""Writes files of the project as C arrays, so that the program serves them by itself.

    embed.py openapi FILE.yaml OUT.c    the same as JSON
    embed.py wadl FILE.wadl OUT.c       what DICOMweb clients are told of it
    embed.py page FOLDER OUT.c          every file of the page for people
"""

import hashlib
import json
import os
import pathlib
import sys

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def array(name, content):
    lines = [f"{name} = {{"]
    for start in range(0, len(content), 24):
        row = (str(byte if byte < 128 else byte - 256) for byte in content[start : start + 24])
        lines.append("    " + ", ".join(row) + ",")
    return "\n".join(lines) + "\n};\n"


def openapi(source):
    import yaml  # Debian: python3-yaml

    content = json.dumps(yaml.safe_load(source.read_text(encoding="utf-8")), ensure_ascii=False, default=str)
    return (
        '#include "http/openapi.h"\n\n'
        + array("const char cgw_openapi_json[]", content.encode())
        + "const size_t cgw_openapi_json_length = sizeof cgw_openapi_json;\n"
    )


def wadl(source):
    return (
        '#include "http/openapi.h"\n\n'
        + array("const char cgw_dicomweb_wadl[]", source.read_bytes())
        + "const size_t cgw_dicomweb_wadl_length = sizeof cgw_dicomweb_wadl;\n"
    )


def page(folder):
    arrays, rows = [], []
    for i, file in enumerate(sorted(folder.iterdir())):
        content = file.read_bytes()
        path = "/" if file.name == "index.html" else f"/page/{file.name}"
        etag = hashlib.sha256(content).hexdigest()[:32]
        arrays.append(array(f"static const char content_{i}[]", content))
        rows.append(
            f'    {{"{path}", "{TYPES[file.suffix]}", "\\"{etag}\\"", content_{i}, sizeof content_{i}}},'
        )
    return (
        '#include "http/page_files.h"\n\n'
        + "\n".join(arrays)
        + "\nconst struct page_file page_files[] = {\n"
        + "\n".join(rows)
        + "\n};\nconst size_t page_file_count = sizeof page_files / sizeof page_files[0];\n"
    )


def main():
    what, source, target = sys.argv[1:]
    text = {"openapi": openapi, "page": page, "wadl": wadl}[what](pathlib.Path(source))
    os.makedirs(os.path.dirname(target), exist_ok=True)
    pathlib.Path(target).write_text(text, encoding="ascii")


main()
