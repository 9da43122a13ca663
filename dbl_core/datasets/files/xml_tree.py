"""XML without its dangers: no document type, so no entities to expand; bounded in bytes, depth and elements."""

from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from dbl_core.datasets.files.limits import MAX_XML_BYTES, regular_file_size
from dbl_core.errors import DataError

_MAX_DEPTH = 50
_MAX_ELEMENTS = 200_000


@dataclass
class Element:
    """An element: its name without a namespace prefix, attributes, text between its tags, children in order."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)

    def named(self, name: str) -> list["Element"]:
        """The children of a name."""
        return [child for child in self.children if child.name == name]

    def text_of(self, name: str) -> str:
        """The text of the first child of a name; nothing where there is none."""
        return next((child.text.strip() for child in self.children if child.name == name), "")

    def descendants(self, name: str) -> list["Element"]:
        """All elements of a name below this one, in the order of the file."""
        found = []
        for child in self.children:
            if child.name == name:
                found.append(child)
            found += child.descendants(name)
        return found


def read_xml(path: Path) -> Element:
    """The root element of an XML file.

    Raises:
        DataError: the file is larger than ``MAX_XML_BYTES``, not XML, declares a document type, or is nested too deep.
    """
    regular_file_size(path, MAX_XML_BYTES)
    document = Element("document")
    open_elements = [document]
    count = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(open_elements) > _MAX_DEPTH or count > _MAX_ELEMENTS:
            raise DataError(f"{path.name} is nested too deep or has too many elements: it is no annotation file.")
        element = Element(name.rpartition(":")[2], attributes)
        open_elements[-1].children.append(element)
        open_elements.append(element)

    def end(_: str) -> None:
        open_elements.pop()

    def characters(text: str) -> None:
        open_elements[-1].text += text

    def doctype(*_: object) -> None:
        raise DataError(f"{path.name} declares a document type, which is not read: remove its DOCTYPE line.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        parser.Parse(path.read_bytes(), True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: an encoding of the file's own
        raise DataError(f"{path.name} is not valid XML ({error}): export it again.") from error
    except OSError as error:
        raise DataError(f"{path.name} cannot be read ({error.strerror or error}).") from error
    return document.children[0]
