"""The JSON against its published schema, and the round trip of a saved run."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.trace.test_analyzer_captures import NAMES, trace_of
from tlslab.lab.identities import make_identities
from tlslab.lab.runner import Run
from tlslab.lab.scenario import BUILT_IN, load
from tlslab.reference.resources import read_text
from tlslab.report.json_document import Detail, connection_object, document
from tlslab.trace.analyzer import analyze
from tlslab.trace.capture import read_capture, write_capture

EVERYTHING = Detail(fields=True, data=True, secrets=True)


def validate(made: Any) -> None:
    jsonschema.Draft202012Validator(json.loads(read_text("connections.schema.json"))).validate(made)


@pytest.mark.parametrize("name", NAMES)
def test_a_capture_gives_what_the_schema_promises(name: str) -> None:
    connections = trace_of(name, keys=True).connections
    validate(document(name, (connection_object(each, EVERYTHING) for each in connections), ["a sentence"]))


@pytest.mark.parametrize("endpoint", ["memory", "tcp"])
@pytest.mark.parametrize("name", BUILT_IN)
def test_a_saved_run_gives_the_connection_of_the_live_run(name: str, endpoint: Any, tmp_path: Path) -> None:
    scenario = load(name)
    run = Run(scenario, make_identities(scenario), endpoint=endpoint)
    run.start()
    assert run.wait(20)
    (live,) = analyze(run.events).connections
    assert all(check.ok for check in live.checks)
    assert all(message.readable for message in live.messages)
    saved = io.BytesIO()
    write_capture(saved, run.events, name)
    saved.seek(0)
    capture = read_capture(saved)
    assert capture.problems == ()
    (decoded,) = analyze(capture.events).connections
    assert connection_object(decoded, EVERYTHING) == connection_object(live, EVERYTHING)
