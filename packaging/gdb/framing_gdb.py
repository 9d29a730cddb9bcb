# SPDX-License-Identifier: MIT
"""Shows headers, frames, faults and reassemblers in gdb: source this file, in ~/.gdbinit or by hand."""

import gdb
import gdb.printing


def members(value, *names):
    """The first member of these names: libstdc++ and libc++ call the same thing otherwise."""
    fields = {field.name for field in value.type.strip_typedefs().fields()}
    return next(value[name] for name in names if name in fields)


def extent(view):
    """The pointer and the size of a std::string_view or std::span."""
    pointer = members(view, "_M_str", "_M_ptr", "__data_", "__data")
    size = members(view, "_M_len", "_M_extent", "__size_", "__size")
    if size.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        size = size["_M_extent_value"]
    return pointer, int(size)


def as_chars(pointer, size):
    """What gdb shows as a string, as much of it as `set print elements` says."""
    return pointer.cast(gdb.lookup_type("char").const().pointer()).lazy_string(length=size)


def as_text(pointer, size):
    """The same without quotes."""
    shown = gdb.parameter("print elements") or size
    read = bytes(gdb.selected_inferior().read_memory(int(pointer), min(size, shown))) if size else b""
    return read.decode(errors="backslashreplace") + ("..." if size > len(read) else "")


def name(enumerator):
    return str(enumerator).rpartition("::")[2]


class HeaderView:
    """The JSON text of a header."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return as_text(self.value["text_"], int(self.value["size_"]))


class ValueView:
    """The JSON text of one member."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return as_text(*extent(self.value["raw_"])) or "absent"


class Fault:
    """What went wrong and where, and the numbers that belong to it."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        fault = self.value
        if int(fault["code"]) == 0:
            return "no error"
        return f"{name(fault['code'])}: frame {fault['frame']} at offset {fault['offset']}"

    def children(self):
        fault = self.value
        if int(fault["code"]) == 0:
            return
        yield "part", name(fault["part"])
        for number in ("declared", "limit", "position"):
            yield number, fault[number]
        for text in ("member", "expected"):
            if extent(fault[text])[1] != 0:
                yield text, as_chars(*extent(fault[text]))
        found = members(fault["found"], "_M_elems", "__elems_").string()
        if found:
            yield "found", found


class Frame:
    """A frame: its header, and its body as text."""

    def __init__(self, value):
        self.value = value

    def children(self):
        yield "header", self.value["header"]
        yield "body", as_chars(*extent(self.value["body"]))


class Reassembler:
    """Where in its stream it is, what it holds of the frame at hand and what that takes."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        judge = self.value["parser_"]["judge_"]
        return f"frame {judge['frame_']} at offset {judge['offset_']}"

    def children(self):
        parser = self.value["parser_"]
        kept = self.value["kept_"]
        yield "buffered", int(kept["last_"] - kept["first_"]) + extent(self.value["input_"])[1]
        yield "needed", parser["needed_"]
        if int(parser["head_size_"]) != 0:
            yield "head_size", parser["head_size_"]
            yield "body_size", parser["body_size_"]
        yield "limits", parser["judge_"]["limits_"]
        yield "error", parser["judge_"]["fault_"]


def printers():
    """What is registered: the types in any version of the inline namespace."""
    collection = gdb.printing.RegexpCollectionPrettyPrinter("framing")
    for type_name, printer in (("header_view", HeaderView), ("value_view", ValueView),
                               ("fault", Fault), ("frame<.*>", Frame),
                               ("reassembler<.*>", Reassembler)):
        collection.add_printer(type_name, rf"^framing::(v\d+::)?{type_name}$", printer)
    return collection


gdb.printing.register_pretty_printer(None, printers(), replace=True)
