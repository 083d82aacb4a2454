"""api/dicomweb.wadl has the DICOMweb resources of api/openapi.yaml, with the types of their answers:
dicomweb_wadl_test.py SOURCE_DIRECTORY"""

import functools
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

import yaml

BASE = "/v1/peers/{peer}/dicom-web/"
NAMESPACE = "{http://wadl.dev.java.net/2009/02}"
VARIABLE = re.compile(r"{\w+}")


def plain(path):
    """Variables have the standard's names in one file, and those of the program in the other."""
    return VARIABLE.sub("{}", path)


@functools.cache
def documented():
    """Each resource and the media types of its answer 200, without their parameters."""
    document = yaml.safe_load((SOURCE / "api" / "openapi.yaml").read_text(encoding="utf-8"))
    return {
        plain(path[len(BASE) :]): set(item["get"]["responses"]["200"]["content"])
        for path, item in document["paths"].items()
        if path.startswith(BASE)
    }


def listed(element, above=""):
    found = {}
    for resource in element.findall(NAMESPACE + "resource"):
        path = above + resource.get("path")
        for method in resource.findall(NAMESPACE + "method"):
            types = method.iter(NAMESPACE + "representation")
            found[plain(path)] = {type.get("mediaType").split(";")[0] for type in types}
        found |= listed(resource, path + "/")
    return found


def resources():
    root = xml.etree.ElementTree.parse(SOURCE / "api" / "dicomweb.wadl").getroot()
    return root.find(NAMESPACE + "resources")


class Wadl(unittest.TestCase):
    def test_has_every_resource_and_no_other(self):
        self.assertEqual(sorted(listed(resources())), sorted(documented()))

    def test_has_the_types_of_the_answers(self):
        wildcards = {"image/*", "video/*"}  # which of them: by the multipart type
        for path, types in listed(resources()).items():
            with self.subTest(path):
                self.assertEqual(types, documented()[path] - wildcards)

    def test_is_relative_to_where_it_is_asked_for_with_and_without_a_slash(self):
        self.assertEqual(resources().get("base"), "")


if __name__ == "__main__":
    SOURCE = pathlib.Path(sys.argv.pop(1))
    unittest.main()
