"""ONNX files: their messages, and the changes that make their graphs cheaper to run."""
