"""Runs inside GIMP 2.10, on Python 2.7, as gimp_server of the folder above does inside GIMP 3."""

import importlib
import json
import socket
import traceback


def serve(address):
    """Answer one client until it closes the connection.

    Args:
        address: Of the Unix socket to make.
    """
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(1)
    client, _ = listener.accept()
    listener.close()
    stream = client.makefile("rb")
    for line in iter(stream.readline, b""):
        client.sendall(json.dumps(_answer(json.loads(line))).encode("ascii") + b"\n")
    client.close()


def _answer(request):
    module, function = request["call"].split(".")
    arguments = {str(name): value for name, value in request["arguments"].items()}
    try:
        return {"value": getattr(importlib.import_module(module), function)(**arguments)}
    except Exception:
        return {"error": traceback.format_exc()}
