"""Writes the documents of a YAML file, anchors and merges resolved, as a JSON list."""

import json
import sys

import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    json.dump(list(yaml.safe_load_all(file)), sys.stdout)
