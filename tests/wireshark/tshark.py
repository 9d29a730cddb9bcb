# SPDX-License-Identifier: MIT
"""What tshark, with our dissector, sees in a capture."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as tree

DISSECTOR = pathlib.Path(__file__).resolve().parents[2] / "examples" / "wireshark" / "framing.lua"
TSHARK = shutil.which("tshark")

scratch = tempfile.TemporaryDirectory()
# Neither the preferences nor the plug-ins of who runs the tests.
environment = {**os.environ, "HOME": scratch.name, "XDG_CONFIG_HOME": scratch.name}

# What Wireshark's own reader of JSON leaves in a text, though no XML may have it.
NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Shown:
    """What is shown of a frame: the packet it ended in, its fields, the fields' bytes, the info."""

    def __init__(self, packet, item):
        self.packet = int(packet.find("proto[@name='geninfo']/field[@name='num']").get("show"))
        fields = list(item.iter("field"))
        self.fields = {field.get("name"): field.get("show") for field in fields}
        self.bytes = {field.get("name"): bytes.fromhex(field.get("value"))
                      for field in fields if field.get("value")
                      and field.get("name").startswith("framing.")}
        # Wireshark's own marks: which faults are expert information.
        self.experts = [name for name in self.fields if name.startswith("framing.")
                        and f"{self.fault}:".startswith(f"{name[8:]}:")]

    @property
    def fault(self):
        """The message of its fault, or None."""
        return self.fields.get("framing.fault")

    @property
    def header(self):
        return self.bytes.get("framing.header", b"")

    @property
    def body(self):
        return self.bytes.get("framing.body", b"")


def tshark(path, *options):
    """The output of a run, which must have nothing to complain about."""
    result = subprocess.run(
        [TSHARK, "-X", f"lua_script:{DISSECTOR}", "-r", str(path), "-n",
         "-o", "tcp.reassemble_out_of_order:TRUE", *options],
        capture_output=True, env=environment, timeout=60)
    complaints = [line for line in result.stderr.decode().splitlines() if "as user" not in line]
    assert result.returncode == 0 and not complaints, "\n".join(complaints)
    return result.stdout.decode()


def preferences(**values):
    """The options that set the dissector's preferences."""
    return [word for name, value in values.items() for word in ("-o", f"framing.{name}:{value}")]


def save(capture):
    file, path = tempfile.mkstemp(".pcap", dir=scratch.name)
    os.close(file)
    capture.write(path)
    return path


def frames(path, *options):
    """All frames, in the order in which they became whole."""
    shown = []
    text = tshark(path, "-Y", "framing", "-T", "pdml", "-J", "framing", *options)
    for packet in tree.fromstring(NOT_XML.sub("?", text)):
        assert "Lua Error" not in tree.tostring(packet, "unicode"), tree.tostring(packet, "unicode")
        shown += [Shown(packet, item) for item in packet.iter("proto")
                  if item.get("name") == "framing"]
    return shown


def infos(path, *options):
    """The info column of each packet that has frames."""
    return tshark(path, "-Y", "framing", "-T", "fields", "-e", "_ws.col.Info", *options).splitlines()
