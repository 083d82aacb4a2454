"""Writes a YAML file as a C array that holds the same as JSON: embed_openapi.py IN.yaml OUT.c"""

import json
import os
import sys

import yaml

source, target = sys.argv[1:]
with open(source, encoding="utf-8") as file:
    text = json.dumps(yaml.safe_load(file), ensure_ascii=False, default=str).encode()
os.makedirs(os.path.dirname(target), exist_ok=True)
with open(target, "w", encoding="ascii") as file:
    file.write('#include "http/openapi.h"\n\nconst char cgw_openapi_json[] = {')
    for i, byte in enumerate(text):
        file.write("%s%d," % ("\n    " if i % 24 == 0 else " ", byte if byte < 128 else byte - 256))
    file.write("\n};\nconst size_t cgw_openapi_json_length = sizeof cgw_openapi_json;\n")
